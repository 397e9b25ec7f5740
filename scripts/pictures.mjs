// `npm run pictures`: remakes docs/pictures/ from real runs at a terminal, against throwaway hosts on loopback.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { screenOf } from './pictures/screen.mjs'
import { equip, fillUp, project, sshConfig, WEB } from './pictures/shop.mjs'
import { svgOf } from './pictures/svg.mjs'
import { build, installPackages, missingPrograms, root } from './set-up.mjs'

const COLUMNS = 88
const missing = missingPrograms(['git', 'dpkg-deb', 'flock', 'xz', 'python3'])
if (missing.length > 0) {
  console.error(`pictures: this machine lacks ${missing.join(', ')}`)
  process.exit(2)
}
installPackages()
build()
const { throwawayHost } = await import('gachette/testing')

const place = mkdtempSync(join(tmpdir(), 'gachette-pictures-'))
const hosts = new Map()
let status = 1
try {
  for (const name of [...WEB, 'build1']) hosts.set(name, await throwawayHost())
  for (const [name, host] of hosts) equip(name, host)
  const sshConfigFile = join(place, 'ssh_config')
  writeFileSync(sshConfigFile, sshConfig(hosts))
  const folder = project(place, sshConfigFile)
  await takeAll(folder)
  status = 0
} catch (error) {
  console.error(`pictures: ${error.message}`)
} finally {
  await Promise.all([...hosts.values()].map((host) => host.stop()))
  rmSync(place, { recursive: true, force: true })
}
process.exit(status)

async function takeAll(folder) {
  await take(folder, '--plan --batch 25% check: migrate: restart:shop', [
    { name: 'plan', title: 'Which task would run on which hosts' },
  ])
  await take(
    folder,
    '--parallel check: migrate:',
    [
      {
        name: 'running',
        title: 'Two tasks on twelve hosts, while they run',
        at: (rows) => rows.filter((row) => row.startsWith('✔')).length >= 3,
      },
    ],
    { rows: 18 },
  )
  await take(folder, "-R web --parallel -- 'cat shop.conf'", [
    { name: 'fold', title: 'Twelve hosts answer: eleven say the same, one differs' },
  ])
  fillUp(hosts)
  await hosts.get('web11').stop()
  await take(
    folder,
    '--parallel migrate',
    [{ name: 'failure', title: 'Hosts that failed, why, and how to do it again only there' }],
    { exitCode: 1 },
  )
  await gachette(folder, 'stack_create:0.0.1 prepare:shop')
  await take(folder, 'quick:0.0.1,shop', [
    {
      name: 'quick-running',
      title: 'A project is being built',
      at: (rows) => rows.some((row) => row.startsWith('builder ')),
    },
    { name: 'quick', title: 'The project was built, and its packages are pinned in a stack' },
  ])
}

/** Pictures of one run: of its end, or `at` the first drawing whose rows are as wanted. */
async function take(folder, line, pictures, { rows = 40, exitCode = 0 } = {}) {
  const run = await gachette(folder, line, rows)
  if (run.exitCode !== exitCode) throw new Error(`${line} ended with ${run.exitCode}:\n${run.shown}`)
  for (const { name, title, at } of pictures)
    picture(name, { title, line, shown: at === undefined ? run.shown : firstDrawing(run.shown, at) })
}

/** Runs a line as a person would type it, at a terminal; answers all that the terminal was told. */
async function gachette(folder, line, rows = 40) {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word)
  const terminal = join(root, 'test/support/at-terminal.py')
  const program = [process.execPath, join(root, 'dist/src/bin.js')]
  const env = { PATH: process.env.PATH, TERM: 'xterm', HOME: place, USER: 'jo', LANG: 'C.UTF-8' }
  const argv = [terminal, String(COLUMNS), String(rows), ...program, ...words]
  const child = spawn('python3', argv, { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text
  })
  const exitCode = await new Promise((ended) => child.once('close', ended))
  return { exitCode, shown: withoutPlaces(shown) }
}

/** All that was shown up to the first drawing whose rows are as wanted. */
function firstDrawing(shown, isWanted) {
  const END = '\x1b[?7h'
  for (let end = shown.indexOf(END); end >= 0; end = shown.indexOf(END, end + 1)) {
    const before = shown.slice(0, end)
    if (isWanted(textsOf(screenOf(before, COLUMNS)))) return before
  }
  throw new Error(`it was never drawn:\n${shown}`)
}

function picture(name, { title, line, shown }) {
  const prompt = [
    { text: '$ ', column: 0, columns: 2, looks: 'faint' },
    { text: `gachette ${line}`, column: 2, columns: line.length + 9, looks: 'strong' },
  ]
  const rows = [prompt, ...screenOf(shown, COLUMNS)]
  while (rows.at(-1).every(({ text }) => text.trim() === '')) rows.pop()
  const folder = join(root, 'docs/pictures')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.svg`), svgOf(rows, { columns: COLUMNS, title }))
  console.log(`\n# docs/pictures/${name}.svg\n${textsOf(rows).join('\n')}`)
}

function textsOf(rows) {
  return rows.map((pieces) =>
    pieces
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  )
}

/** No picture shows where it was made. */
function withoutPlaces(shown) {
  return shown.replaceAll(place, '/var/gachette').replaceAll(/127\.0\.0\.1 port \d+/g, '192.0.2.11 port 22')
}
