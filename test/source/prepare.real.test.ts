import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sh, shellLine } from '../../src/shell/index.ts'
import {
  current,
  parseProjectName,
  parseRepositoryUrl,
  parseWorkPath,
  prepare,
  WorkingCopy,
} from '../../src/source/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { makeRepository, type Repository } from '../support/repository.ts'
import { treeOf } from '../support/tree-of.ts'

let folder = ''
let origin: Repository
let remote = localRemote()
const shop = () => new WorkingCopy(remote, { name: 'shop', workPath: join(folder, 'work') })
const prepared = (ref?: string, url = origin.dir) =>
  shop().prepare(ref === undefined ? { url } : { url, ref })
const file = (name: string) => readFileSync(join(shop().dir, name), 'utf8')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-source-'))
  origin = makeRepository(join(folder, 'origin'))
  remote = localRemote()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a ref', () => {
  test('is a branch, origin/branch, tag, annotated tag, whole or short hash, or nothing', async () => {
    const first = origin.commit({ 'a.txt': 'one' })
    origin.git('tag', 'v1.0')
    const second = origin.commit({ 'a.txt': 'two' })
    origin.git('tag', '-a', '-m', 'x', 'release', first)
    origin.git('branch', 'feature/x', first)
    const wanted = {
      'feature/x': first,
      'origin/feature/x': first,
      'v1.0': first,
      release: first,
      'refs/tags/release': first,
      [first]: first,
      [first.toUpperCase()]: first,
      [first.slice(0, 7)]: first,
      [first.slice(0, 4)]: first,
      main: second,
      HEAD: second,
    }
    for (const [ref, commit] of Object.entries(wanted)) {
      expect([ref, (await prepared(ref)).commit]).toEqual([ref, commit])
      expect(file('a.txt')).toBe(commit === first ? 'one' : 'two')
    }
    expect((await prepared()).commit).toBe(second)
    expect(remote.execs()).toBe(Object.keys(wanted).length + 1)
  })

  test('follows what happens to the remote: new commits, moved and deleted branches and tags', async () => {
    const first = origin.commit({ 'a.txt': 'one' })
    origin.git('branch', 'x')
    origin.git('tag', 't')
    expect((await prepared('x')).commit).toBe(first)
    const second = origin.commit({ 'a.txt': 'two' })
    origin.git('branch', '-f', 'x')
    origin.git('tag', '-f', 't')
    expect((await prepared('x')).commit).toBe(second)
    expect((await prepared('t')).commit).toBe(second)
    origin.git('branch', '-D', 'x')
    origin.git('tag', '-d', 't')
    origin.git('branch', 'x/y')
    expect((await prepared('x/y')).commit).toBe(second)
    await expect(prepared('x')).rejects.toThrow('there is no branch, tag or commit "x"')
    await expect(prepared('t')).rejects.toThrow('there is no branch, tag or commit "t"')
  })

  test('of an unknown name is refused with those that are near', async () => {
    origin.commit({ a: '1' })
    for (const name of ['fix-option', 'fix-options', 'unrelated']) origin.git('branch', name)
    await expect(prepared('fix-optoin')).rejects.toMatchObject({
      message: `shop: there is no branch, tag or commit "fix-optoin" in ${origin.dir}`,
      hint: 'near: fix-option, fix-options',
    })
    await expect(prepared('zzz')).rejects.toMatchObject({
      hint: 'it has fix-option, fix-options, main, unrelated',
    })
  })

  test('that is both branch and tag is the branch, with a warning; refs/tags/ names the tag', async () => {
    const first = origin.commit({ a: '1' })
    origin.git('tag', 'both')
    const second = origin.commit({ a: '2' })
    origin.git('branch', 'both')
    expect((await prepared('both')).commit).toBe(second)
    expect(remote.said.join('')).toContain('warning: both is more than one of branch, tag and commit')
    expect((await prepared('refs/tags/both')).commit).toBe(first)
    expect((await prepared('refs/heads/both')).commit).toBe(second)
  })

  test('of a few digits that start several commits is refused', async () => {
    origin.commit({ a: '1' })
    const tree = origin.git('rev-parse', 'HEAD^{tree}')
    const seen = new Map<string, string>()
    for (let n = 0; ; n++) {
      const commit = origin.git('commit-tree', '-m', String(n), tree)
      const short = commit.slice(0, 4)
      const other = seen.get(short)
      seen.set(short, commit)
      if (other === undefined) continue
      origin.git('branch', 'left', commit)
      origin.git('branch', 'right', other)
      await expect(prepared(short)).rejects.toThrow(`shop: more than one commit starts with ${short}`)
      return
    }
  })

  test('whose name is all digits stays a name', async () => {
    const first = origin.commit({ a: '1' })
    origin.git('tag', '0012')
    origin.commit({ a: '2' })
    expect((await prepared('0012')).commit).toBe(first)
  })

  test('that is a hash on no branch is fetched by itself', async () => {
    origin.commit({ a: '1' })
    await prepared()
    const lost = origin.commit({ a: '2' })
    origin.git('reset', '-q', '--hard', 'HEAD~')
    expect((await prepared(lost)).commit).toBe(lost)
    await expect(prepared('f'.repeat(40))).rejects.toThrow('there is no branch, tag or commit')
  })

  test('that is a whole hash we have needs no remote, and says so', async () => {
    const first = origin.commit({ a: '1' })
    await prepared()
    rmSync(origin.dir, { recursive: true })
    expect((await prepared(first)).commit).toBe(first)
    expect(remote.said.join('')).toContain(`commit ${first} is here already, nothing to fetch`)
    await expect(prepared('main')).rejects.toThrow('could not be fetched')
  })

  test('a tag of a file is no commit', async () => {
    origin.commit({ a: '1' })
    origin.git('tag', 'blob', 'HEAD:a')
    await expect(prepared('blob')).rejects.toThrow('there is no branch, tag or commit "blob"')
  })

  test('a branch named like an option of git is refused before anything runs', async () => {
    await expect(prepared('--upload-pack=x')).rejects.toThrow('it starts with a dash')
    expect(remote.execs()).toBe(0)
  })
})

describe('the remote', () => {
  test('without commits, without a default branch, without anything, says which', async () => {
    await expect(prepared()).rejects.toMatchObject({
      message: `shop: there is no default branch in ${origin.dir}`,
      hint: 'it has no branches',
    })
    await expect(prepared('main')).rejects.toMatchObject({ hint: 'it has no branches' })
    const first = origin.commit({ a: '1' })
    expect((await prepared()).commit).toBe(first)
    origin.git('symbolic-ref', 'HEAD', 'refs/heads/gone')
    await expect(prepared()).rejects.toMatchObject({
      message: `shop: there is no default branch in ${origin.dir}`,
      hint: 'its HEAD names no branch; name a ref: main',
    })
    expect((await prepared('main')).commit).toBe(first)
    await expect(prepared('main', join(folder, 'nowhere'))).rejects.toMatchObject({
      message: `shop: ${join(folder, 'nowhere')} could not be fetched`,
      hint: expect.stringMatching(/^is there a repository, and may the user who logs in read it/),
    })
  })

  test('with its HEAD on no branch has that commit as its default', async () => {
    const first = origin.commit({ a: '1' })
    origin.commit({ a: '2' })
    origin.git('checkout', '-q', '--detach', first)
    expect((await prepared()).commit).toBe(first)
    expect((await prepared()).commit).toBe(first)
  })

  test('of a project may change; the working copy follows', async () => {
    origin.commit({ a: '1', old: 'x' })
    await prepared()
    const fork = makeRepository(join(folder, 'fork'))
    const other = fork.commit({ a: '2' })
    expect(await prepared('main', fork.dir)).toMatchObject({ commit: other, url: fork.dir })
    expect(existsSync(join(shop().dir, 'old'))).toBe(false)
    expect(await remote.ask`git -C ${shop().dir} remote get-url origin`).toBe(fork.dir)
  })

  test('may use SHA-256', async () => {
    const modern = makeRepository(join(folder, 'modern'), '--object-format=sha256')
    const first = modern.commit({ a: '1' })
    expect(first).toHaveLength(64)
    expect((await prepared('main', modern.dir)).commit).toBe(first)
    const second = modern.commit({ a: '2' })
    expect((await prepared(second.slice(0, 10), modern.dir)).commit).toBe(second)
    expect((await prepared(first, modern.dir)).commit).toBe(first)
  })

  test('with spaces, quotes and shell words in its path is carried literally', async () => {
    const odd = makeRepository(join(folder, "it's $(touch pwned) ; `id` & x"))
    const first = odd.commit({ a: '1' })
    expect((await prepared('main', odd.dir)).commit).toBe(first)
    expect((await prepared('main', `file://${odd.dir}`)).commit).toBe(first)
  })

  test('by ssh that refuses is told with a hint, and asks nobody', async () => {
    remote = localRemote({ ...process.env, GIT_SSH_COMMAND: `${join(folder, 'ssh')} -p 22`, HOME: folder })
    writeFileSync(
      join(folder, 'ssh'),
      `#!/bin/sh\necho "$@" >${join(folder, 'asked')}\necho Permission denied >&2\nexit 255\n`,
      {
        mode: 0o755,
      },
    )
    await expect(prepared('main', 'git@build.example.com:shop.git')).rejects.toMatchObject({
      message: 'shop: git@build.example.com:shop.git could not be fetched',
      hint: expect.stringMatching(/deploy key, or set forward_agent/),
      output: expect.arrayContaining(['Permission denied']),
    })
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(/^-p 22 -oBatchMode=yes /)
  })
})

describe('the working copy', () => {
  test('has nothing left over: changed, new, ignored and removed files, nested repositories, modes, flags', async () => {
    origin.commit({
      '.gitignore': 'build/\n*.pyc\n',
      'a.txt': 'a',
      'src/b.txt': 'b',
      'src/run': { executable: '#!/bin/sh\n' },
      link: { link: 'a.txt' },
      'quiet.txt': 'quiet',
    })
    await prepared()
    const before = treeOf(shop().dir)
    await remote.run(sh`cd ${shop().dir} || exit
echo changed >a.txt; touch -d 2001-01-01 a.txt
chmod 600 src/b.txt; chmod 777 src; rm src/run; mkdir -p src/run/x; echo y >src/run/x/y
ln -sfn /etc link
mkdir -p build/deep; echo x >build/deep/x.o; echo x >src/c.pyc; echo new >new.txt; mkdir -m 000 empty
git init -q nested && touch nested/file; (cd src && git init -q . && touch .git/config.local)
git update-index --assume-unchanged quiet.txt; git update-index --skip-worktree src/b.txt; echo loud >quiet.txt; echo loud >src/b.txt
git config core.autocrlf true; git config core.hooksPath /tmp; mkdir -p .git/info; echo '* text eol=crlf' >.git/info/attributes
git tag mine; git checkout -q -b mine 2>/dev/null; echo '#!/bin/sh' >.git/hooks; touch .git/index.lock .git/HEAD.lock
`)
    await prepared()
    expect(treeOf(shop().dir)).toEqual(before)
    expect(await remote.ask`git -C ${shop().dir} status --porcelain --ignored`).toBe('')
    expect(await remote.ask`git -C ${shop().dir} tag`).toBe('')
    expect(await remote.ask`git -C ${shop().dir} branch --format=${'%(refname)'}`).toBe('(no branch)')
  })

  test.each([
    'chmod 600 a',
    'chmod 777 d',
    'echo y >a',
    'cp -p a b && echo z >b && touch -r a b && mv b a',
    'rm d/b',
    'git rm -q a',
    'git update-ref --no-deref HEAD HEAD~',
    'git checkout -q HEAD~',
    'git reset -q --soft HEAD~',
    'touch new',
    'mkdir empty',
    'mkdir -p d/empty/er',
    'rm .git/gachette-tree',
    'rm .git/gachette-index',
    'echo x >.git/gachette-tree',
    'rm -r .git',
    'ln -sfn /etc d',
  ])('is the same after %s, though the commit is', async (line) => {
    origin.commit({ a: '1' })
    origin.commit({ a: 'x\n', 'd/b': '1' })
    await prepared()
    const before = treeOf(shop().dir)
    await remote.run(sh`cd ${shop().dir} && ${shellLine(line)}`)
    await prepared()
    expect(treeOf(shop().dir)).toEqual(before)
    expect(await remote.ask`git -C ${shop().dir} status --porcelain --ignored`).toBe('')
    expect(await remote.ask`git -C ${shop().dir} rev-parse HEAD`).toBe(origin.git('rev-parse', 'HEAD'))
  })

  test('of an earlier ref leaves nothing in the next', async () => {
    origin.commit({ 'dir/file': 'x', thing: 'file', both: 'x' })
    origin.git('branch', 'one')
    origin.commit({ dir: null, thing: null, both: null })
    origin.commit({ dir: 'now a file', 'thing/inside': 'x' })
    await prepared('one')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['both', 'dir', 'dir/file', 'thing'])
    await prepared('main')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['dir', 'thing', 'thing/inside'])
    await prepared('one')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['both', 'dir', 'dir/file', 'thing'])
  })

  test('has modes of umask 022, whatever the umask of who logs in', async () => {
    origin.commit({ 'dir/file': 'x', run: { executable: 'x' } })
    const strict = localRemote()
    await strict.ask({ ...prepareShop(), command: sh`umask 077; ${prepareShop().command}` })
    expect(treeOf(shop().dir)).toEqual({ dir: '755', 'dir/file': '644 x', run: '755 x' })
  })

  test('keeps bytes: no line ends are converted, no filter of the user runs', async () => {
    writeFileSync(
      join(folder, '.gitconfig'),
      '[core]\nautocrlf = true\nhooksPath = /nowhere\n[filter "lfs"]\nsmudge = echo smudged\nrequired = true\n[fetch]\nprune = false\n[user]\nuseConfigOnly = true\n',
    )
    remote = localRemote({
      ...process.env,
      HOME: folder,
      GIT_DIR: '/nonexistent',
      GIT_WORK_TREE: '/nonexistent',
    })
    origin.commit({
      unix: 'a\nb\n',
      dos: 'a\r\nb\r\n',
      '.gitattributes': '*.bin filter=lfs\n',
      'x.bin': 'pointer\n',
    })
    await prepared()
    expect([file('unix'), file('dos'), file('x.bin')]).toEqual(['a\nb\n', 'a\r\nb\r\n', 'pointer\n'])
    expect(remote.said.join('')).toContain('files kept by Git LFS are pointers')
  })

  test('is fetched where the user allows git no bare repository that it finds by itself', async () => {
    writeFileSync(join(folder, '.gitconfig'), '[safe]\nbareRepository = explicit\n')
    remote = localRemote({ ...process.env, HOME: folder })
    origin.commit({ a: '1' })
    await prepared()
    const second = origin.commit({ a: '2' })
    expect((await prepared()).commit).toBe(second)
    origin.git('symbolic-ref', 'HEAD', 'refs/heads/gone')
    await expect(prepared()).rejects.toThrow('there is no default branch')
  })

  test('runs no hook and leaves no lock, no daemon', async () => {
    origin.commit({ a: '1' })
    await prepared()
    const hook = `#!/bin/sh\ntouch ${join(folder, 'hooked')}\n`
    for (const name of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      await remote.run(sh`mkdir -p ${shop().dir}/.git/hooks; printf %s ${hook} >${shop().dir}/.git/hooks/${name}
chmod +x ${shop().dir}/.git/hooks/${name}; for m in ${join(folder, 'work')}/mirrors/*.git; do mkdir -p "$m/hooks"; printf %s ${hook} >"$m/hooks/"${name}; chmod +x "$m/hooks/"${name}; done`)
    }
    origin.commit({ a: '2' })
    await prepared()
    expect(existsSync(join(folder, 'hooked'))).toBe(false)
    expect(await remote.check`find ${folder} -name '*.lock' -path '*/.git/*' | grep .`).toBe(false)
  })

  test('knows branches and tags, so that git describe and git log work in it', async () => {
    origin.commit({ a: '1' })
    origin.git('tag', 'v1.2')
    origin.git('branch', 'side')
    await prepared()
    expect(await remote.ask`git -C ${shop().dir} describe --tags`).toBe('v1.2')
    expect(await remote.ask`git -C ${shop().dir} rev-parse origin/side`).toMatch(/^[0-9a-f]{40}$/)
    expect(await remote.ask`git -C ${shop().dir} fsck 2>&1`).not.toMatch(/error|missing/)
  })

  test('that was somebody else’s clone, a file or a link is made anew', async () => {
    origin.commit({ a: '1' })
    await remote.run`mkdir -p ${join(folder, 'work/working_copy')} && git clone -q --depth=1 file://${origin.dir} ${shop().dir} && touch ${shop().dir}/junk`
    await prepared()
    expect(Object.keys(treeOf(shop().dir))).toEqual(['a'])
    for (const instead of ['touch', 'ln -s /nowhere', 'mkdir']) {
      await remote.run(sh`rm -rf ${shop().dir}; ${shellLine(instead)} ${shop().dir}`)
      await prepared()
      expect(Object.keys(treeOf(shop().dir))).toEqual(['a'])
    }
  })

  test('answers what it holds: commit, time, nearest tag, url without credentials', async () => {
    origin.commit({ a: '1' })
    for (const tag of ['v1.0.0-rc.1', 'v1.0.0', 'vendor-import', 'v0.9']) origin.git('tag', tag)
    const second = origin.commit({ a: '2' })
    expect(await prepared('main')).toEqual({
      project: 'shop',
      dir: shop().dir,
      lock: join(folder, 'work/working_copy/.shop.lock'),
      commit: second,
      committedAt: 1_700_000_120,
      ref: 'main',
      nearestTag: '1.0.0',
      url: origin.dir,
    })
  })

  test('is asked in the round trip that prepared it, and its own failure is told', async () => {
    origin.commit({ a: 'hello' })
    const inspect = (dir: string) => ({
      command: sh`pwd; cat a`,
      parse: (out: string) => out === `${dir}\nhello`,
      assumed: false,
    })
    expect((await remote.ask(prepare(request(), inspect))).inspected).toBe(true)
    expect((await remote.ask(current(request(), inspect))).inspected).toBe(true)
    expect(remote.execs()).toBe(2)
    const failing = () => ({
      ...inspect(''),
      command: sh`exit 205`,
      failed: ({ exitCode }: { exitCode: number }) => new Error(`mine ${exitCode}`),
    })
    await expect(remote.ask(prepare(request(), failing))).rejects.toThrow('mine 205')
  })

  test('for build alone is what was prepared last, clean again', async () => {
    await expect(shop().current()).rejects.toThrow('nothing is prepared')
    const first = origin.commit({ a: '1' })
    const was = await prepared('main')
    origin.commit({ a: '2' })
    writeFileSync(join(shop().dir, 'a'), 'changed')
    expect(await shop().current()).toEqual(was)
    expect(was.commit).toBe(first)
    expect(file('a')).toBe('1')
  })
})

const request = () => ({
  name: parseProjectName('shop'),
  workPath: parseWorkPath(join(folder, 'work')),
  url: parseRepositoryUrl(origin.dir),
})
const prepareShop = () => prepare(request())

test('folders that cannot be made are told in one line', async () => {
  origin.commit({ a: '1' })
  writeFileSync(join(folder, 'work'), 'a file')
  await expect(prepared()).rejects.toThrow(`shop: the folders for ${shop().dir} cannot be made`)
  expect(statSync(join(folder, 'work')).isFile()).toBe(true)
})

test.skipIf(process.getuid?.() !== 0)(
  'a working copy or mirror of another user is left alone, and told',
  async () => {
    origin.commit({ a: '1' })
    await prepared()
    const refused = { message: `shop: ${shop().dir} or its mirror belongs to another user of the host` }
    await remote.run`chown -R 12345 ${shop().dir}`
    await expect(prepared()).rejects.toMatchObject(refused)
    await remote.run`chown -R 0 ${shop().dir}`
    await remote.run(sh`chown 12345 ${join(folder, 'work/mirrors')}/*.git`)
    await expect(prepared()).rejects.toMatchObject(refused)
  },
)
