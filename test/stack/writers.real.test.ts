import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Stack } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, scene } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

describeWith(['dpkg-deb', 'flock'], 'several writers of one store', () => {
  test('40 writers at once: 40 packages', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const debs = Array.from({ length: 40 }, (_, at) => tinyDeb(dir, `app${at}`, '1'))
    await Promise.all(debs.map((deb) => new Stack(localRemote(), { metaPath, name: '1.0.0' }).add([deb])))
    expect(Object.keys(readAsIn2013(metaPath, '1.0.0'))).toHaveLength(40)
    expect(await stack.show()).toMatchObject({ count: 40 })
  })

  test('a busy store is waited for so long, and then named', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const impatient = new Stack(remote, { metaPath, name: '1.0.0', patienceS: 0 })
    const lock = join(metaPath, '.gachette/lock/store')
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    await new Promise((held) => holder.stdout.once('data', held))
    await expect(impatient.add([tinyDeb(dir, 'app', '1')])).rejects.toThrow(/is busy: .* within 0 s/)
    const ended = new Promise((exit) => holder.once('exit', exit))
    holder.stdin.end('\n')
    await ended
    expect(remote.said.join('')).toContain(`waiting for another edit of ${metaPath} to end`)
    expect(await impatient.add([tinyDeb(dir, 'app', '1')])).toMatchObject({ changed: true })
  })

  test('the lock is not kept by what a killed edit started', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const fakes = join(dir, 'bin')
    mkdirSync(fakes)
    // A program that outlives the shell that started it, holding whatever it inherited.
    writeFileSync(
      join(fakes, 'cp'),
      '#!/bin/sh\ncase $1 in -al) echo $$ >"$FAKE_PID"; exec sleep 60 ;; esac\nexec /bin/cp "$@"\n',
      { mode: 0o755 },
    )
    const pidFile = join(dir, 'pid')
    const slow = localRemote({ ...process.env, PATH: `${fakes}:${process.env.PATH}`, FAKE_PID: pidFile })
    const killed = new Stack(slow, { metaPath, name: '1.0.0' }).add([tinyDeb(dir, 'app', '1')])
    const outcome = killed.catch((error: unknown) => error)
    await expect
      .poll(() => execFileSync('sh', ['-c', `cat ${pidFile} 2>/dev/null; true`]).toString())
      .not.toBe('')
    slow.current()?.kill('SIGKILL')
    try {
      const next = new Stack(remote, { metaPath, name: '1.0.0', patienceS: 5 })
      expect(await next.add([tinyDeb(dir, 'env', '1')])).toMatchObject({ count: 1 })
    } finally {
      process.kill(Number(readFileSync(pidFile, 'utf8')))
    }
    await outcome
  })
})
