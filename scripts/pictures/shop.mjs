// The world of the pictures: twelve web servers and a build machine, on loopback, and a project that is run on them.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const WEB = Array.from({ length: 12 }, (_, at) => `web${String(at + 1).padStart(2, '0')}`)
const FULL = ['web03', 'web08', 'web09']
const DIFFERS = 'web07'

/** The files of a host's home: the shop's settings, its version, and what changes its database. */
export function equip(name, { dir }) {
  const number = Number(name.replace(/\D/g, ''))
  const tables = ['articles', 'orders', 'customers']
  put(join(dir, 'home'), {
    'shop.conf': `listen = 8080
workers = ${name === DIFFERS ? 2 : 8}
cache = /var/cache/shop
log = info
payment = https://pay.example.org
`,
    version: 'echo 2.4.1',
    migrate: `#!/bin/sh
sleep 0.${number % 4}
echo '3 tables'
${tables.map((table, at) => `sleep 0.${5 + ((number + 3 * at) % 5)}; echo 'changing ${table}'`).join('\n')}
${FULL.includes(name) ? "[ ! -e full ] || { echo 'customers: no space left on device' >&2; exit 28; }" : ''}
sleep ${number % 3}
echo 'at version 7'
`,
  })
}

/** From now on three of the hosts have no room. */
export function fillUp(hosts) {
  for (const name of FULL) put(join(hosts.get(name).dir, 'home'), { full: '' })
}

/** Names for the hosts, as a user's ssh_config gives them; their keys are known. */
export function sshConfig(hosts) {
  return [...hosts]
    .flatMap(([name, { address, port, user, keyFile, knownHosts }]) => [
      `Host ${name}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      `  User ${user}`,
      `  IdentityFile ${keyFile}`,
      `  UserKnownHostsFile ${knownHosts}`,
    ])
    .concat('')
    .join('\n')
}

/** The project: settings, tasks, and a repository with a missile. */
export function project(place, sshConfigFile) {
  const repository = join(place, 'repository')
  put(join(place, 'project'), {
    '.gachetterc': `hosts: [build1]
roles:
  web: ["web[01-12]"]
ssh_config_path: ${sshConfigFile}
meta_path: ${place}/meta
work_path: ${place}/work
projects:
  shop:
    url: ${repository}
`,
    'gachette.tasks.ts': `import { defineTask } from 'gachette'

export const check = defineTask({
  summary: 'Say which version runs',
  hosts: ['@web'],
  params: {},
  run: ({ run }) => run\`sh version\`,
})

export const migrate = defineTask({
  summary: 'Change the database',
  hosts: ['@web'],
  params: {},
  run: ({ run }) => run\`./migrate\`,
})

export const restart = defineTask({
  summary: 'Restart a service',
  hosts: ['@web'],
  params: { unit: { type: 'string', summary: 'systemd unit' } },
  run: ({ run }, { unit }) => run\`systemctl restart \${unit}\`,
})
`,
  })
  put(repository, {
    '.missile.yml': `default:
  name: shop
  type: application
  extra_files:
    - { name: shop_front, type: binary, template: .deploy/front.sh }
  services:
    - { name: shop_front, binary_name: shop_front, env_var: { port: 8080 } }
`,
    '.deploy/front.sh': '#!/bin/sh\nexec sleep infinity\n',
    'catalogue.txt': 'apples\npears\n',
  })
  git(repository, 'init', '-q', '-b', 'main')
  git(repository, 'add', '-A')
  git(repository, 'commit', '-q', '-m', 'Open the shop')
  return join(place, 'project')
}

/** The shop a few days later: a service more, and two commits. */
export function enlarge(place) {
  const repository = join(place, 'repository')
  const missile = readFileSync(join(repository, '.missile.yml'), 'utf8')
  put(repository, {
    '.missile.yml': `${missile}    - { name: shop_api, binary_name: shop_front, env_var: { port: 8081 } }\n`,
    'catalogue.txt': 'apples\npears\nplums\n',
  })
  git(repository, 'commit', '-q', '-a', '-m', 'Catalogue: plums are in season')
  put(repository, { 'basket.txt': 'round to the cent\n' })
  git(repository, 'add', '-A')
  git(repository, 'commit', '-q', '-m', 'Basket: round to the cent')
}

let minutes = 30

function git(repository, ...argv) {
  const when = `2026-11-02T09:${minutes++}:00Z`
  const who = ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org']
  const env = { ...process.env, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when }
  execFileSync('git', ['-C', repository, ...who, ...argv], { stdio: 'pipe', env })
}

function put(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    if (readFileSync(path, 'utf8').startsWith('#!')) chmodSync(path, 0o755)
  }
}
