import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagesOf } from './checks.mjs'
import { openHost } from './host.mjs'

const HOSTS = ['build', 'web1', 'web2']
const PORT = 22100
export const LINES = 60
/** What the build prints: line after line, each with a number that follows from its own. */
export const sumOf = (line) => (line * 7919) % 99991
const ASSET = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "chaos $i $((i*7919%99991)) ${'.'.repeat(100)}"; sleep 0.02; done`
export const LINE = ['quick:1.0,shop']

/** One for all lanes: keys, the repository with an old and a new commit, and what comes of either. */
export async function openStage({ bin, faketime }) {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-chaos-'))
  const here = join(dir, 'here')
  mkdirSync(here)
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const keys = { id: join(dir, 'id'), host: join(dir, 'host') }
  for (const key of Object.values(keys))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key])
  const repository = join(dir, 'shop')
  const commit = committer(repository)
  const stage = { dir, here, keys, repository, bin, faketime, base: join(dir, 'base') }
  const lane = await openLane(stage, 0)
  const [host] = lane.hosts
  await host.start()
  const missile = [
    'default: { name: shop, type: application }',
    `a: { name_suffix: _a, build_assets: [${JSON.stringify(ASSET)}] }`,
    'b: { name_suffix: _b }',
    '',
  ].join('\n')
  commit({ '.missile.yml': missile, x: 'old\n' })
  await must(lane, [host], ['stack_create:1.0', ...LINE])
  const before = packagesOf(host.disk)
  rmSync(join(host.disk, 'home'), { recursive: true })
  cpSync(host.disk, stage.base, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  commit({ x: 'new\n' })
  const since = performance.now()
  await must(lane, [host], LINE)
  const after = packagesOf(host.disk)
  const aloneMs = performance.now() - since
  if (JSON.stringify(before) === JSON.stringify(after)) throw new Error('the second build changed nothing')
  await lane.close()
  return { ...stage, before, after, aloneMs, close: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Three hosts and a folder for the program: what one round at a time is played with. */
export async function openLane(stage, number) {
  const dir = join(stage.dir, `lane${number}`)
  const project = join(dir, 'project')
  mkdirSync(join(project, '.git'), { recursive: true })
  const hostKey = readFileSync(`${stage.keys.host}.pub`, 'utf8')
  const hosts = []
  for (const [at, each] of HOSTS.entries()) {
    const address = `127.0.${number + 1}.${at + 1}`
    const name = `${each}`
    hosts.push(await openHost({ ...stage, dir, name, address, port: PORT }))
    writeFileSync(join(dir, 'known_hosts'), `[${address}]:${PORT} ${hostKey}`, { flag: 'a' })
  }
  writeFileSync(
    join(project, '.gachetterc'),
    [
      `key_filename: ${stage.keys.id}`,
      `known_hosts: ${join(dir, 'known_hosts')}`,
      'user: root',
      'use_ssh_config: false',
      // What is frozen is noticed after three; a machine that is busy with all this may take one to answer.
      'keepalive: 2',
      'timeout: 5',
      'reconnect: 30',
      'parallel: true',
      `meta_path: ${stage.here}/meta`,
      `work_path: ${stage.here}/work`,
      `projects.shop.url: ${stage.repository}`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  return {
    hosts,
    /** Starts the program over some hosts; the fresh home folder of a round is `home`. */
    start(args, { home = join(dir, 'home'), env = {} } = {}) {
      mkdirSync(home, { recursive: true })
      const child = spawn(process.execPath, [stage.bin, ...args], {
        cwd: project,
        env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const said = { stdout: '', stderr: '' }
      child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text))
      const ended = new Promise((resolve) =>
        child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...said })),
      )
      return { child, ended, said }
    },
    over: (chosen = hosts) => ['-H', chosen.map(({ target }) => target).join(',')],
    async close() {
      for (const host of hosts) await host.close()
    },
  }
}

async function must(lane, hosts, line) {
  const { exitCode, stdout, stderr } = await lane.start([...lane.over(hosts), ...line]).ended
  if (exitCode !== 0) throw new Error(`${line.join(' ')} failed (${exitCode}):\n${stdout}\n${stderr}`)
}

function committer(repository) {
  const git = (...args) => execFileSync('git', ['-C', repository, ...args], { stdio: 'pipe' })
  execFileSync('git', ['init', '-q', '-b', 'main', repository])
  git('config', 'user.name', 'chaos')
  git('config', 'user.email', 'chaos@example.invalid')
  return (files) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, name), text)
    git('add', '-A')
    git('commit', '-q', '-m', 'a change')
  }
}
