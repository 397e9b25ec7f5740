// `npm test`: from a fresh clone, installs what the tests need (as root on Debian), then runs everything.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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
  fish: 'fish',
  zsh: 'zsh',
  tcsh: 'tcsh',
  lintian: 'lintian',
  'systemd-analyze': 'systemd',
}

const isRoot = process.getuid?.() === 0
const isDebian = existsSync('/etc/debian_version')

installPackages()
installPrograms()
build()
step(process.execPath, [`${root}/node_modules/@biomejs/biome/bin/biome`, 'check', '.'])
step(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, '-p', 'tsconfig.check.json'])
const { status } = spawnSync(
  process.execPath,
  [`${root}/node_modules/vitest/vitest.mjs`, 'run', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)

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
