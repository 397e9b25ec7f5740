// `npm run pictures [NAME…]`: remakes docs/pictures/ from real runs at a terminal, against throwaway hosts on loopback.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { screenOf } from './pictures/screen.mjs'
import { enlarge, equip, fillUp, project, sshConfig, WEB } from './pictures/shop.mjs'
import { svgOf } from './pictures/svg.mjs'
import { build, installPackages, missingPrograms, root } from './set-up.mjs'

const COLUMNS = 88
/** `npm run pictures diff`: only pictures of these names are written. */
const wanted = process.argv.slice(2)
const missing = missingPrograms(['git', 'dpkg-deb', 'flock', 'xz', 'python3', 'chromium'])
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
  enlarge(place)
  for (const line of ['stack_create:0.0.2,from_stack=0.0.1', 'quick:0.0.2,shop']) await gachette(folder, line)
  await take(
    folder,
    'stack diff 0.0.1 0.0.2',
    [
      {
        name: 'diff',
        title: 'Which packages went up and which are new between two stacks, and the commits that are why',
      },
    ],
    { columns: 104 },
  )
  if (isWanted('report')) await takePage(folder, 'report')
}

/** The page of a report, as a browser shows it. */
async function takePage(folder, name) {
  const page = join(place, 'page.html')
  await gachette(folder, 'stack freeze 0.0.2')
  await gachette(folder, `report 0.0.2 --to ${page}`)
  writeFileSync(page, withoutPlaces(readFileSync(page, 'utf8')))
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    ...quiet,
    '--window-size=900,940',
  ]
  const picture = join(root, `docs/pictures/${name}.png`)
  const browser = [...flags, `--user-data-dir=${place}/browser`, `--screenshot=${picture}`, `file://${page}`]
  execFileSync('chromium', browser, { stdio: 'ignore', timeout: 60_000 })
}

function isWanted(name) {
  return wanted.length === 0 || wanted.includes(name)
}

/** Pictures of one run: of its end, or `at` the first drawing whose rows are as wanted. */
async function take(folder, line, pictures, { rows = 40, columns = COLUMNS, exitCode = 0 } = {}) {
  const run = await gachette(folder, line, { rows, columns })
  if (run.exitCode !== exitCode) throw new Error(`${line} ended with ${run.exitCode}:\n${run.shown}`)
  for (const { name, title, at } of pictures)
    picture(name, { title, line, columns, shown: at === undefined ? run.shown : firstDrawing(run.shown, at) })
}

/** Runs a line as a person would type it, at a terminal; answers all that the terminal was told. */
async function gachette(folder, line, { rows = 40, columns = COLUMNS } = {}) {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word)
  const terminal = join(root, 'test/support/at-terminal.py')
  const program = [process.execPath, join(root, 'dist/src/bin.js')]
  const env = { PATH: process.env.PATH, TERM: 'xterm', HOME: place, USER: 'jo', LANG: 'C.UTF-8' }
  const argv = [terminal, String(columns), String(rows), ...program, ...words]
  const child = spawn('python3', argv, { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text
  })
  const exitCode = await new Promise((ended) => child.once('close', ended))
  return { exitCode, shown: withoutPlaces(shown) }
}

/** All that was shown up to the first drawing whose rows are as wanted. */
function firstDrawing(shown, isMeant) {
  const END = '\x1b[?7h'
  for (let end = shown.indexOf(END); end >= 0; end = shown.indexOf(END, end + 1)) {
    const before = shown.slice(0, end)
    if (isMeant(textsOf(screenOf(before, COLUMNS)))) return before
  }
  throw new Error(`it was never drawn:\n${shown}`)
}

function picture(name, { title, line, columns, shown }) {
  if (!isWanted(name)) return
  const prompt = [
    { text: '$ ', column: 0, columns: 2, looks: 'faint' },
    { text: `gachette ${line}`, column: 2, columns: line.length + 9, looks: 'strong' },
  ]
  const rows = [prompt, ...screenOf(shown, columns)]
  while (rows.at(-1).every(({ text }) => text.trim() === '')) rows.pop()
  const folder = join(root, 'docs/pictures')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.svg`), svgOf(rows, { columns, title }))
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
  return shown
    .replaceAll(place, '/var/gachette')
    .replaceAll(`${userInfo().username}@${hostname()}`, 'jo@desk')
    .replaceAll(/127\.0\.0\.1 port \d+/g, '192.0.2.11 port 22')
}
