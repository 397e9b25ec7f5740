// `npm test`: from a fresh clone, installs what the tests need (as root on Debian), then runs everything.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { build, installPackages, missingPrograms, root, step } from './set-up.mjs'

// Program → the Debian package that brings it.
const PROGRAMS = {
  git: 'git',
  'dpkg-deb': 'dpkg',
  'dpkg-parsechangelog': 'dpkg-dev',
  'apt-ftparchive': 'apt-utils',
  fakeroot: 'fakeroot',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  xz: 'xz-utils',
  flock: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  mmdebstrap: 'mmdebstrap',
  strace: 'strace',
  faketime: 'faketime',
  gpg: 'gnupg',
  pgrep: 'procps',
  python3: 'python3',
  fish: 'fish',
  zsh: 'zsh',
  tcsh: 'tcsh',
  lintian: 'lintian',
  sudo: 'sudo',
  nodeset: 'clustershell',
  dockerd: 'docker.io',
  docker: 'docker.io',
  busybox: 'busybox-static',
  'systemd-analyze': 'systemd',
  'systemd-nspawn': 'systemd-container',
  chromium: 'chromium',
}

const isRoot = process.getuid?.() === 0
const isDebian = existsSync('/etc/debian_version')

installPackages()
installPrograms()
build()
step(process.execPath, [`${root}/node_modules/@biomejs/biome/bin/biome`, 'check', '.'])
step(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.check.json'])
process.exit(runTests(process.argv.slice(2)))

/** Runs vitest in a temporary folder of its own, and holds the tests to it: none skipped as root, nothing left behind. */
function runTests(args) {
  // Short, for sockets; open to the plain users that some tests log in as.
  const folder = mkdtempSync('/tmp/gt-')
  chmodSync(folder, 0o1777)
  const report = `${folder}/report.json`
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const vitest = [`${root}/node_modules/vitest/vitest.mjs`, 'run', ...reporters, ...args]
  const { status } = spawnSync(process.execPath, vitest, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: folder },
  })
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  rmSync(report)
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status: outcome }) => outcome !== 'passed' && outcome !== 'failed')
  const leftRunning = processesOf(folder)
  // What a test killed in the middle (dpkg-deb, lintian, nspawn) may leave its own; ours leave nothing.
  const leftBehind = readdirSync(folder).filter((name) => name.startsWith('gachette-'))
  rmSync(folder, { recursive: true, force: true })
  const lines = [
    ...skipped.map(({ fullName }) => `skipped: ${fullName}`),
    ...leftRunning.map((process) => `still running: ${process}`),
    ...leftBehind.map((name) => `left behind: ${name}`),
  ]
  for (const line of lines) console.log(line)
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped`)
  const isClean = leftRunning.length + leftBehind.length === 0
  const isWhole = skipped.length === 0 || !(isRoot && isDebian) || args.length > 0
  return status !== 0 ? (status ?? 1) : isClean && isWhole ? 0 : 1
}

/** Processes that have the folder in their command line or work in it. */
function processesOf(folder) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return command.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
          ? [`${pid} ${command}`]
          : []
      } catch {
        // It has ended meanwhile, or is another user's.
        return []
      }
    })
}

function installPrograms() {
  const missing = missingPrograms(Object.keys(PROGRAMS))
  const venv = spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]))]
  if (!venv) packages.push('python3-venv')
  if (packages.length === 0) return
  if (!isRoot || !isDebian) {
    const why = isRoot ? 'this is not Debian' : 'not root'
    console.log(
      `${why}: the tests that need ${packages.join(', ')} are skipped; as root: apt-get install ${packages.join(' ')}`,
    )
    return
  }
  console.log(`installing ${packages.join(', ')} …`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  const apt = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=180', '-o', 'Acquire::Retries=3']
  step('apt-get', [...apt, 'update'], quiet)
  step('apt-get', [...apt, '--no-install-recommends', 'install', ...packages], quiet)
}
