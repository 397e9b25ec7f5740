import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fanOut } from '../../src/run/fan-out.ts'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { loopbackAddress } from '../support/sshd.ts'

/** What parameters are given; others that are required get a word. */
const VALUES: Readonly<Record<string, string>> = {
  stack: '0.0.1',
  name: '0.0.1',
  project: 'shop',
  path: '/srv/shop',
  file_name: 'shop.deb',
  package: 'shop',
  packages: 'shop',
  version: '1.0',
  shell: 'bash',
  url: '/srv/git/shop',
  run: '20130412T093015482Z-9f3a61c2',
}
/** Parameters that others exclude which are given: task → names. */
const EXCLUDED: Readonly<Record<string, readonly string[]>> = {
  stack_rebuild: ['version'],
  stack_why: ['version'],
  stack_search: ['version', 'project', 'commit', 'digest', 'host'],
}
/** Tasks about an earlier run, or a bundle, of which there is none here: they fail, and must change as little as the others. */
const isOfNothing = ({ name, params }: Listed): boolean =>
  name === 'stack_import' || params.some((param) => param.name === 'run')

const CHANGES =
  'connect,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,chmod,fchmodat,chown,fchownat,truncate'

describeWith(['strace'], 'a dry run', () => {
  let program: Program
  let dir: string
  let home: string
  let traces = 0
  const address = `root@${loopbackAddress()}:9`
  const env = () => ({ PATH: process.env.PATH, HOME: home })
  beforeAll(() => {
    program = compileProgram()
    dir = mkdtempSync(join(tmpdir(), 'gachette-dry-'))
    home = join(dir, 'home')
    mkdirSync(home)
    mkdirSync(join(dir, 'project/.git'), { recursive: true })
    const settings = `store_host: ${address}\nprojects: {shop: {url: /srv/git/shop}}\n`
    writeFileSync(join(dir, 'project/.gachetterc'), settings)
    writeFileSync(
      join(dir, 'project/gachette.tasks.ts'),
      `import { defineTask } from 'gachette'
export const elsewhere = defineTask({
  summary: 'turns to another host, and to this machine',
  async run({ run, get, put, on, local }) {
    await run\`touch there\`
    await local.run\`touch ${dir}/here\`
    await on('${address}').put('gachette.tasks.ts', '/etc/motd')
    await get('/etc/motd', '${dir}/fetched')
    await put('gachette.tasks.ts', '/etc/motd')
  },
})
`,
    )
    // The listing is kept for the next start: that is no part of any task.
    execFileSync(process.execPath, [program.bin, '-l'], { cwd: join(dir, 'project'), env: env() })
  })
  afterAll(() => {
    rmSync(dir, { recursive: true })
    program.remove()
  })

  /** Every system call of a command line that could change a file or reach a machine. */
  async function traced(...argv: readonly string[]) {
    const out = join(dir, `trace-${traces++}`)
    const strace = ['-f', '-qq', '-e', `trace=${CHANGES}`, '-o', out]
    const child = spawn('strace', [...strace, process.execPath, program.bin, ...argv], {
      cwd: join(dir, 'project'),
      env: env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
    const calls = readFileSync(out, 'utf8').split('\n').filter(isChange)
    return { status, stderr, calls }
  }

  test('of every task changes no file, and makes no connection', async () => {
    const listed = execFileSync(process.execPath, [program.bin, '-l', '--json'], {
      cwd: join(dir, 'project'),
      env: env(),
      encoding: 'utf8',
    })
    const { tasks } = JSON.parse(listed) as { readonly tasks: readonly Listed[] }
    expect(tasks.length).toBeGreaterThan(9)
    await fanOut(tasks, 2, async (task) => {
      const { name, params } = task
      const args = params
        .filter((param) => isGiven(param) && !EXCLUDED[name]?.includes(param.name))
        .flatMap((param) => [`--${param.name}`, wordFor(param)])
      const calls = params.some((param) => param.name === 'webcallback')
      const callback = calls ? ['--webcallback', 'http://127.0.0.1:9/'] : []
      const done = await traced('--dry-run', '-H', address, name, ...args, ...callback)
      expect({ name, calls: done.calls }).toEqual({ name, calls: [] })
      const isRefused = done.stderr.includes('--dry-run has no meaning for it')
      if (!isOfNothing(task) && !isRefused) expect({ name, ...done }).toMatchObject({ name, status: 0 })
    })
  }, 120_000)

  test('of a deployment that makes a package of its own makes none', async () => {
    const done = await traced('--dry-run', '-H', address, 'deploy:0.0.1,lock=true')
    expect(done).toMatchObject({ calls: [], status: 0 })
  })

  test('of a command does neither; without it, the same line would', async () => {
    expect((await traced('--dry-run', '-H', address, '--', 'touch /etc/motd')).calls).toEqual([])
    const { status, calls } = await traced('-H', address, '--set', 'connection_attempts=1', '--', 'true')
    expect(status).toBe(3)
    expect(calls.filter((call) => call.includes('AF_INET'))).not.toEqual([])
    expect(calls.filter((call) => /^\d+ +mkdir.*\/runs/.test(call))).not.toEqual([])
  })
})

interface Listed {
  readonly name: string
  readonly params: readonly Param[]
}

interface Param {
  readonly name: string
  readonly type: string
  readonly optional?: boolean
  readonly default?: unknown
  readonly setting?: unknown
  readonly choices?: readonly string[]
}

const isGiven = ({ name, type, optional, default: otherwise, setting }: Param): boolean =>
  name in VALUES ||
  (type !== 'boolean' && optional !== true && otherwise === undefined && setting === undefined)

const wordFor = ({ name, choices }: Param): string => choices?.[0] ?? VALUES[name] ?? 'x'

/** A call that did not fail, and that writes to the file system or connects by network. */
function isChange(line: string): boolean {
  const call = line.replace(/^\d+ +/, '')
  if (call === '' || / = -1 E/.test(call)) return call.includes('AF_INET')
  if (call.startsWith('connect(')) return call.includes('AF_INET')
  if (/^open/.test(call)) return /O_(WRONLY|RDWR|CREAT|TRUNC)/.test(call) && !call.includes('"/dev/')
  return /^\w+\(/.test(call)
}
