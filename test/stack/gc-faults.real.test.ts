import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { collectGarbage, type GarbageOptions, parseStore, Stack } from '../../src/stack/index.ts'
import { reachable } from '../support/gc-oracle.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const open = (metaPath: string, name: string) => new Stack(localRemote(), { metaPath, name })

const collect = (metaPath: string, remote = localRemote(), options: GarbageOptions = {}) =>
  remote.ask(collectGarbage(parseStore({ metaPath }), { keep: 0, olderThanDays: 0, ...options }))

/** A store with something of each kind that is referred to, and something to remove. */
async function used(dir: string, metaPath: string): Promise<void> {
  const deb = (name: string, version: string) => tinyDeb(dir, name, version)
  await open(metaPath, '1.0.0').create()
  await open(metaPath, '1.0.0').add([deb('app', '1'), deb('env', '1')])
  await open(metaPath, '1.0.0').add([deb('app', '2')])
  await open(metaPath, '1.0.0').freeze()
  await open(metaPath, '1.0.0').promote('production')
  await open(metaPath, '1.1.0').create({ from: '1.0.0' })
  await open(metaPath, '1.1.0').add([deb('app', '3')])
  const build = { project: 'shop', commit: 'ab'.repeat(20), inputs: {} }
  await open(metaPath, '1.1.0').add([deb('app', '4')], { build })
  await open(metaPath, '1.1.0').remove(['app'])
  // Everything is as of the day before yesterday.
  execFileSync('find', [metaPath, '-exec', 'touch', '-h', '-d', '-2 days', '{}', '+'])
}

/** A clock two days on. */
const CLOCK = '#!/bin/sh\ncase "$*" in *-d*) exec /bin/date "$@" ;; esac\nexec /bin/date -d "2 days" "$@"\n'

function later(dir: string) {
  mkdirSync(join(dir, 'bin'))
  writeFileSync(join(dir, 'bin/date'), CLOCK, { mode: 0o755 })
  return localRemote({ ...process.env, PATH: `${join(dir, 'bin')}:${process.env.PATH}` })
}

/** Programs of which only the n-th that is called is killed, before it does anything. */
function killingOne(dir: string) {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const programs =
    'awk cat comm cp cut find flock grep head mkdir mv rm rmdir sed sha256sum sort sync touch uniq xargs'
  for (const program of programs.split(' ')) {
    const real = execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    const lines = [
      '#!/bin/sh',
      `printf . >>"$COUNT"`,
      'read -r calls <"$COUNT"',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
      '[ "${#calls}" -ne "$KILL_AT" ] || kill -KILL $$',
      `exec ${real} "$@"`,
    ]
    writeFileSync(join(bin, program), `${lines.join('\n')}\n`, { mode: 0o755 })
  }
  writeFileSync(join(bin, 'date'), CLOCK, { mode: 0o755 })
  return (at: number, count: string) => {
    writeFileSync(count, '')
    return localRemote({
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      COUNT: count,
      KILL_AT: String(at),
    })
  }
}

describeWith(['dpkg-deb', 'flock'], 'gc', () => {
  test('removes nothing that is referred to, whichever of its programs is killed', {
    timeout: 240_000,
  }, async () => {
    const dir = storeFolder('memory')
    const template = join(dir, 'template')
    await used(dir, template)
    const remoteOf = killingOne(dir)
    const before = reachable(template, 0)
    let [at, ended, failed] = [1, false, 0]
    const kill = async () => {
      while (!ended) {
        const number = at
        at += 2
        const [meta, count] = [join(dir, `at-${number}`), join(dir, `count-${number}`)]
        cpSync(template, meta, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
        const remote = remoteOf(number, count)
        const done = await collect(meta, remote).then(
          () => true,
          () => false,
        )
        if (!done) failed++
        const now = new Set(reachable(meta, 0))
        expect(
          before.filter((line) => !now.has(line)),
          `program ${number} killed`,
        ).toEqual([])
        if (statSync(count).size < number) ended = true
        execFileSync('rm', ['-rf', meta])
      }
    }
    await Promise.all([kill(), kill(), kill()])
    expect(failed).toBeGreaterThan(20)
  })

  test('removes nothing where a record cannot be read', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    await used(dir, metaPath)
    const remote = later(dir)
    for (const program of ['cat', 'grep'])
      writeFileSync(
        join(dir, 'bin', program),
        `#!/bin/sh\ncase "$*" in *frozen/main*) exit 2 ;; esac\nexec /bin/${program} "$@"\n`,
        { mode: 0o755 },
      )
    await expect(collect(metaPath, remote)).rejects.toThrow(
      `what ${metaPath} refers to could not be listed (sh failed): nothing was removed`,
    )
  })

  test('follows a folder of META that is a link', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    await used(dir, metaPath)
    renameSync(join(metaPath, 'domain'), join(metaPath, 'all-domains'))
    symlinkSync('all-domains', join(metaPath, 'domain'))
    const shown = await open(metaPath, '1.1.0').show()
    const { gone } = await collect(metaPath, later(dir), { rehearse: true })
    expect(gone.filter(({ kind }) => kind === 'generation').length).toBeGreaterThan(0)
    expect(gone.map(({ path }) => path)).not.toContain(`.gachette/gen/main/${shown.generation}`)
    expect(gone.map(({ path }) => path)).not.toContain('packages/env/version/1')
  })

  test('leaves alone what an edit has just begun, even if nothing is too young', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    await used(dir, metaPath)
    for (const begun of ['.gachette/incoming/begun', 'debs/.begun', '.gachette/gen/main/.begun'])
      mkdirSync(join(metaPath, begun))
    execFileSync('touch', [
      '-d',
      '-1 hour',
      join(metaPath, 'debs/.begun'),
      join(metaPath, '.gachette/incoming/begun'),
    ])
    const { gone } = await collect(metaPath)
    expect(gone.filter(({ kind }) => kind === 'leftover')).toEqual([])
  })

  test('an edit whose files were tidied away under it registers nothing', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    await used(dir, metaPath)
    const holder = spawn('flock', [
      join(metaPath, '.gachette/lock/store'),
      'sh',
      '-c',
      'echo held; read -r line',
    ])
    await once(holder.stdout, 'data')
    const adding = open(metaPath, '1.1.0')
      .add([tinyDeb(dir, 'web', '1')])
      .catch((error: unknown) => error)
    const held = () => readdirSync(join(metaPath, 'debs')).find((name) => name.startsWith('.'))
    const told = () =>
      readdirSync(join(metaPath, '.gachette/incoming')).flatMap((id) => {
        const place = join(metaPath, '.gachette/incoming', id, 'ready/packages/web/version/1/file')
        return existsSync(place) ? [place] : []
      })
    await expect.poll(() => told().length, { timeout: 10_000 }).toBe(1)
    execFileSync('rm', ['-rf', join(metaPath, 'debs', held() ?? 'none')])
    holder.stdin.end('\n')
    expect(await adding).toMatchObject({ message: expect.stringContaining('could not be written') })
    expect(existsSync(join(metaPath, 'packages/web'))).toBe(false)
  })
})

describeWith(['root', 'dpkg-deb', 'flock', 'mount'], 'gc on a full disk', () => {
  test('says so and removes nothing, or only what nothing refers to', { timeout: 60_000 }, async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    mkdirSync(metaPath)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', metaPath])
    onTestFinished(() => void execFileSync('umount', ['-l', metaPath]))
    await used(dir, metaPath)
    const remote = later(dir)
    const before = reachable(metaPath, 0)
    const messages = new Set<string>()
    for (let room = 0; room < 40; room++) {
      const filler = join(metaPath, 'filler')
      execFileSync('sh', [
        '-c',
        `cat /dev/zero >${filler} 2>/dev/null || truncate -s -${room * 4096} ${filler}`,
      ])
      const error = await collect(metaPath, remote).catch((caught: unknown) => caught)
      execFileSync('rm', [filler])
      const now = new Set(reachable(metaPath, 0))
      expect(
        before.filter((line) => !now.has(line)),
        `${room} pages left`,
      ).toEqual([])
      if (!(error instanceof Error)) break
      messages.add(error.message.replace(metaPath, 'META').replace(/\d+/, 'N'))
    }
    expect([...messages]).toContain('the disk that holds META is full (N KiB free): nothing was removed')
  })
})

describeWith(['root', 'dpkg-deb', 'flock', 'setpriv'], 'gc by a user who cannot read all that refers', () => {
  test('is refused, with the file', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    await used(dir, metaPath)
    writeFileSync(
      join(dir, 'sh'),
      '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh "$@"\n',
      {
        mode: 0o755,
      },
    )
    execFileSync('chmod', ['755', dir])
    const record = '.gachette/frozen/main/1.0.0.json'
    execFileSync('chmod', ['600', join(metaPath, record)])
    const nobody = localRemote({ ...process.env, TMPDIR: '/tmp' }, join(dir, 'sh'))
    await expect(collect(metaPath, nobody, { rehearse: true })).rejects.toThrow(
      `${metaPath}/${record} cannot be read by this user: nothing was removed`,
    )
  })
})
