import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { script, sh } from '../../src/shell/index.ts'
import { atCommit, WorkingCopy } from '../../src/source/index.ts'
import { type LocalRemote, localRemote } from '../support/local-remote.ts'
import { makeRepository, type Repository } from '../support/repository.ts'
import { treeOf } from '../support/tree-of.ts'

let folder = ''
let origin: Repository
const shopOn = (remote: LocalRemote, options: { lockWaitSeconds?: number } = {}) =>
  new WorkingCopy(remote, { name: 'shop', workPath: join(folder, 'work'), ...options })
const dir = () => join(folder, 'work/working_copy/shop')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-at-once-'))
  origin = makeRepository(join(folder, 'origin'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('two runs of one project at once are both right', async () => {
  origin.commit({ only: 'one', both: '1' })
  origin.git('branch', 'one')
  origin.commit({ only: null, both: '2' })
  const read = { command: sh`ls; cat both`, parse: (out: string) => out, assumed: '' }
  const quick = async (ref: string): Promise<string> => {
    const shop = shopOn(localRemote())
    return shop.ask(await shop.prepare({ url: origin.dir, ref }), read)
  }
  const answers = await Promise.all(['one', 'main', 'one', 'main', 'main', 'one'].map(quick))
  expect(answers).toEqual([
    'both\nonly\n1',
    'both\n2',
    'both\nonly\n1',
    'both\n2',
    'both\n2',
    'both\nonly\n1',
  ])
})

test('a build sees its own commit, clean, even when somebody moved the working copy', async () => {
  const remote = localRemote()
  const first = origin.commit({ a: '1' })
  const prepared = await shopOn(remote).prepare({ url: origin.dir })
  origin.commit({ a: '2', b: 'new' })
  await shopOn(remote).prepare({ url: origin.dir })
  writeFileSync(join(dir(), 'junk'), 'x')
  const look = { command: sh`git rev-parse HEAD; ls; pwd`, parse: (out: string) => out, assumed: '' }
  expect(await shopOn(remote).ask(prepared, look)).toBe(`${first}\na\n${dir()}\n`)
})

test('a build sees its own repository, even when the project moved to another in between', async () => {
  const remote = localRemote()
  origin.commit({ a: '1' })
  const prepared = await shopOn(remote).prepare({ url: origin.dir })
  const fork = makeRepository(join(folder, 'fork'))
  fork.commit({ a: 'fork' })
  await shopOn(remote).prepare({ url: fork.dir })
  const look = { command: sh`cat a`, parse: (out: string) => out, assumed: '' }
  expect(await shopOn(remote).ask(prepared, look)).toBe('1')
})

test('whoever waits says for whom, and gives up after the limit', async () => {
  const holder = localRemote()
  origin.commit({ a: '1' })
  const prepared = await shopOn(holder).prepare({ url: origin.dir })
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const building = holder.run(
    script(atCommit(prepared, sh`echo started >${join(folder, 'started')}; cat ${fifo}`)),
  )
  await until(() => readable(join(folder, 'started')))
  const waiting = localRemote()
  await expect(shopOn(waiting, { lockWaitSeconds: 0 }).prepare({ url: origin.dir })).rejects.toMatchObject({
    message: 'shop: another run has used its working copy or mirror for too long',
    output: [expect.stringMatching(/^waiting for process \d+, which uses the working copy of shop$/)],
  })
  const patient = shopOn(waiting).prepare({ url: origin.dir })
  writeFileSync(fifo, 'go on')
  await building
  expect((await patient).commit).toBe(prepared.commit)
})

test('what a build leaves in the background holds no lock', async () => {
  const remote = localRemote()
  origin.commit({ a: '1' })
  const prepared = await shopOn(remote).prepare({ url: origin.dir })
  const pid = Number(
    (await remote.run(script(atCommit(prepared, sh`setsid sleep 600 >/dev/null 2>&1 </dev/null & echo $!`))))
      .stdout,
  )
  try {
    await shopOn(remote, { lockWaitSeconds: 0 }).prepare({ url: origin.dir })
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})

test('a build whose shell is killed keeps the others out until it ends', async () => {
  const remote = localRemote()
  origin.commit({ a: '1' })
  const prepared = await shopOn(remote).prepare({ url: origin.dir })
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const building = remote
    .run(script(atCommit(prepared, sh`echo started >${join(folder, 'started')}; cat ${fifo}; :`)))
    .catch(() => undefined)
  await until(() => readable(join(folder, 'started')))
  remote.current()?.kill('SIGKILL')
  const other = shopOn(localRemote(), { lockWaitSeconds: 0 })
  await expect(other.prepare({ url: origin.dir })).rejects.toThrow('for too long')
  writeFileSync(fifo, 'go on')
  await building
  await shopOn(localRemote()).prepare({ url: origin.dir })
})

test('a run killed at any moment harms no later one', async () => {
  const library = makeRepository(join(folder, 'library'))
  library.commit(Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`lib/${n}.txt`, `${n}`])))
  origin.commit(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 7}/${n}.txt`, `one ${n}`])))
  origin.git('submodule', 'add', '-q', '../library', 'library')
  origin.commit({})
  origin.git('branch', 'one')
  origin.commit(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 5}/${n}.txt`, `two ${n}`])))
  const whole = localRemote()
  const trees = new Map<string, unknown>()
  let duration = 0
  for (const ref of ['one', 'main']) {
    const start = performance.now()
    await shopOn(whole).prepare({ url: origin.dir, ref })
    duration = Math.max(duration, performance.now() - start)
    trees.set(ref, treeOf(dir()))
  }
  for (let round = 0; round < 25; round++) {
    if (round % 5 === 0) rmSync(join(folder, 'work'), { recursive: true })
    const remote = localRemote()
    const dying = shopOn(remote)
      .prepare({ url: origin.dir, ref: round % 2 === 0 ? 'one' : 'main' })
      .catch(() => undefined)
    await pause(((duration * 1.2) / 25) * ((round * 7) % 25))
    const pid = remote.current()?.pid
    // By turns the whole group, as the lifeline does it, and the shell alone, whose git goes on.
    if (pid !== undefined) kill(round % 3 === 0 ? pid : -pid)
    const ref = round % 4 < 2 ? 'main' : 'one'
    const next = localRemote()
    origin.commit({ [`new${round}`]: 'x' })
    origin.git('update-ref', `refs/heads/side${round}`, 'HEAD')
    await shopOn(next).prepare({
      url: origin.dir,
      ref: ref === 'one' ? 'one' : origin.git('rev-parse', `HEAD~${round + 1}`),
    })
    expect(treeOf(dir())).toEqual(trees.get(ref))
    await dying
  }
  const mirror = await whole.ask`ls -d ${join(folder, 'work/mirrors')}/origin-*.git`
  expect(await whole.ask`git -C ${mirror} fsck --connectivity-only 2>&1`).not.toMatch(/error|missing|broken/)
})

test('what a killed git leaves in mirror and working copy is mended', async () => {
  const remote = localRemote()
  origin.commit({ a: '1' })
  await shopOn(remote).prepare({ url: origin.dir })
  const second = origin.commit({ a: '2' })
  await remote.run(sh`cd ${join(folder, 'work')} || exit
for m in mirrors/*.git; do
  touch "$m/packed-refs.lock" "$m/config.lock" "$m/refs/heads/main.lock" "$m/objects/pack/tmp_pack_x" "$m/HEAD.lock"; echo 'busy 1' >"$m.lock"
done
touch working_copy/shop/.git/index.lock working_copy/shop/.git/HEAD.lock; echo 'busy 1' >working_copy/.shop.lock
echo garbage >working_copy/shop/.git/index; rm working_copy/shop/.git/HEAD`)
  expect((await shopOn(remote).prepare({ url: origin.dir })).commit).toBe(second)
  expect(readFileSync(join(dir(), 'a'), 'utf8')).toBe('2')
  expect(await remote.ask`find ${folder}/work -name ${'*.lock'} -path ${'*.git/*'}`).toBe('')
})

test('a mirror of many fetches stays in few packs and loses no commit', async () => {
  const remote = localRemote()
  const lost: string[] = []
  for (let n = 0; n < 45; n++) {
    lost.push(origin.commit({ a: String(n) }))
    if (n % 3 === 0) origin.git('commit', '-q', '--amend', '--allow-empty', '-m', `amended ${n}`)
    await shopOn(remote).prepare({ url: origin.dir })
    if (n % 3 === 0) origin.git('reset', '-q', '--hard', lost[n] ?? '')
  }
  const mirror = await remote.ask`ls -d ${join(folder, 'work/mirrors')}/*.git`
  expect(Number(await remote.ask`ls ${mirror}/objects/pack | grep -c ${'pack$'}`)).toBeLessThan(41)
  expect(
    await remote.ask`git -C ${mirror} cat-file --batch-check=${'%(objecttype)'} --batch-all-objects | grep -c commit`,
  ).toBe('60')
})

const readable = (path: string): boolean => {
  try {
    return readFileSync(path, 'utf8') !== ''
  } catch {
    return false
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(5)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It had ended by itself.
  }
}
