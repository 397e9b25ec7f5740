import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createJiti } from 'jiti'
import { gachette, median, root, seconds, time } from '../lab.mjs'

const ROUNDS = 5
const PACKAGES = 20
// Ansible's module wants them on the hosts.
const HOSTS = { packages: ['python3-apt'] }
const support = (name) => createJiti(import.meta.url).import(join(root, 'test/support', name))

/** The base of the hosts, made while there is a network. */
export async function beforehand() {
  const { hostBase } = await support('debian-hosts.ts')
  hostBase(HOSTS)
}

/** Twenty packages to three Debian hosts, fresh ones for every measurement; the same packages by apt and by others. */
export async function measure(lab) {
  const { debianHosts } = await support('debian-hosts.ts')
  const { tinyDeb } = await support('tiny-deb.ts')
  const scene = madeOf(lab, tinyDeb)
  const seen = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, peer] of Object.entries(peers(lab, scene))) {
      const all = await debianHosts(3, HOSTS)
      try {
        settle(scene, all)
        const first = peer(all)
        const second = peer(all)
        seen[name] = [...(seen[name] ?? []), { first: first.wall, second: second.wall }]
        standsOrThrow(name, all)
      } finally {
        await all.stop()
      }
    }
  }
  const of = (name, which) => median(seen[name].map((each) => each[which]))
  const line = (which) =>
    Object.keys(seen)
      .map((name) => `${name} ${seconds(of(name, which))}`)
      .join(', ')
  const bar = 1.2 + 0.5 / of('apt-get', 'first')
  const known = Object.keys(seen).filter((name) => name.startsWith('ansible'))
  const ansible = known.sort((one, other) => of(one, 'first') - of(other, 'first'))[0]
  return [
    {
      what: `deploy of ${PACKAGES} packages to 3 hosts / one bare apt-get install on each in parallel, over ssh, files there (bar: 1.2 × and 0.5 s)`,
      ours: seconds(of('gachette', 'first')),
      peer: line('first'),
      ratio: of('gachette', 'first') / of('apt-get', 'first'),
      bar: Number(bar.toFixed(2)),
    },
    {
      what: `the same / ${ansible} (apt module, packages in a repository on the host)`,
      ours: seconds(of('gachette', 'first')),
      peer: `${ansible} ${seconds(of(ansible, 'first'))}`,
      ratio: of('gachette', 'first') / of(ansible, 'first'),
      bar: 1,
    },
    {
      what: `deploy with nothing to do / ${ansible} with nothing to do`,
      ours: seconds(of('gachette', 'second')),
      peer: line('second'),
      ratio: of('gachette', 'second') / of(ansible, 'second'),
      bar: 1,
    },
  ]
}

const names = Array.from({ length: PACKAGES }, (_, at) => `part-${String(at + 1).padStart(2, '0')}`)

/** A frozen stack in a store here, the same .debs as an apt repository, and settings. */
function madeOf(lab, tinyDeb) {
  const dir = join(lab.dir, 'deploy')
  const debs = join(dir, 'debs')
  mkdirSync(debs, { recursive: true })
  for (const name of names) tinyDeb(debs, name, '1.0', { content: `${name}\n`.repeat(3000) })
  const { status, stdout } = spawnSync('apt-ftparchive', ['packages', '.'], { cwd: debs, encoding: 'utf8' })
  if (status !== 0) throw new Error('apt-ftparchive failed (apt-utils)')
  writeFileSync(join(debs, 'Packages'), stdout)
  const scene = { dir, debs, meta: join(dir, 'meta'), settings: join(dir, 'gachette.yml') }
  const common = `use_ssh_config: false\nstore_host: local\nmeta_path: ${scene.meta}\ndebs_path: ${debs}\n`
  const making = { ...lab, settings: join(dir, 'making.yml') }
  writeFileSync(making.settings, common)
  const local = (...words) => gachette(making, ['-H', 'local', '--quiet', ...words])
  local('stack_create:1.0.0')
  for (const name of names) local(`add_to_stack:${name},1.0,${name}_1.0_all.deb,stack=1.0.0`)
  local('stack_freeze:1.0.0')
  return { ...scene, common }
}

/** The hosts as each tool wants to know them, and the .debs on them. */
function settle({ dir, debs, settings, common }, { hosts, keyFile, knownHosts }) {
  const addresses = hosts.map(({ address, port }) => ({ address, port, user: 'root' }))
  const inventory = Object.fromEntries(hosts.map(({ name }, at) => [name, addresses[at]]))
  const web = hosts.map(({ name }) => name)
  writeFileSync(join(dir, 'hosts.json'), JSON.stringify({ v: 1, hosts: inventory, roles: { web } }))
  writeFileSync(
    settings,
    `${common}inventory: [/bin/cat, ${join(dir, 'hosts.json')}]\ninventory_cache: 0\nkey_filename: ${keyFile}\nknown_hosts: ${knownHosts}\n`,
  )
  const options = `-F none -i ${keyFile} -o UserKnownHostsFile=${knownHosts} -o IdentitiesOnly=yes -o LogLevel=ERROR`
  const lines = hosts.map(({ name, address, port }) => `${name} ansible_host=${address} ansible_port=${port}`)
  const vars = `[all:vars]\nansible_user=root\nansible_python_interpreter=/usr/bin/python3\nansible_ssh_common_args=${options}\n`
  writeFileSync(join(dir, 'inventory.ini'), `${lines.join('\n')}\n${vars}`)
  const config = hosts.map(
    ({ name, address, port }) => `Host ${name}\n  HostName ${address}\n  Port ${port}\n`,
  )
  const rest = `Host *\n  User root\n  IdentityFile ${keyFile}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${knownHosts}\n  LogLevel ERROR\n`
  writeFileSync(join(dir, 'ssh_config'), `${config.join('')}${rest}`)
  for (const { name } of hosts) {
    const ssh = ['ssh', '-F', join(dir, 'ssh_config'), name]
    const unpack =
      'mkdir -p /root/debs && tar -C /root/debs -x && echo "deb [trusted=yes] file:/root/debs ./" >/etc/apt/sources.list && apt-get -q update'
    const packed = spawnSync('tar', ['-C', debs, '-c', '.'], { maxBuffer: 1 << 28 }).stdout
    time([...ssh, unpack], { input: packed })
  }
}

/** What is compared: each installs all packages on all hosts, and may be called again. */
function peers(lab, { dir, settings }) {
  const install = 'DEBIAN_FRONTEND=noninteractive apt-get -y -q install /root/debs/*.deb'
  const config = join(dir, 'ssh_config')
  const list = ({ hosts }) => hosts.map(({ name }) => name)
  const playbook = join(dir, 'play.yml')
  const apt = `apt: {name: [${names.join(', ')}], allow_unauthenticated: true}`
  writeFileSync(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n    - ${apt}\n`)
  const ansible = (more) => () =>
    time(['ansible-playbook', '-i', join(dir, 'inventory.ini'), playbook], {
      env: { ...lab.env, ANSIBLE_SSH_PIPELINING: '1', ANSIBLE_HOST_KEY_CHECKING: '1', ...more },
    })
  const cold = { ...lab.env, XDG_CACHE_HOME: join(dir, 'cache') }
  const mitogen = mitogenPlugins()
  return {
    gachette: () => {
      // No .deb is here yet; the program itself has been started before.
      rmSync(join(cold.XDG_CACHE_HOME, 'gachette/debs'), { recursive: true, force: true })
      return gachette({ ...lab, settings }, ['-R', 'web', 'deploy', '1.0.0'], { env: cold, cwd: dir })
    },
    'apt-get': (all) => {
      const each = list(all).map((name) => `ssh -F ${config} ${name} '${install}' >/dev/null &`)
      return time(['bash', '-c', `${each.join('\n')}\nwait`])
    },
    clush: (all) =>
      time(['clush', '-S', '-o', `-F ${config}`, '-w', list(all).join(','), install], { env: lab.env }),
    pssh: (all) =>
      time(['parallel-ssh', '-t', '0', '-x', `-F ${config}`, '-H', list(all).join(' '), install], {
        env: lab.env,
      }),
    ansible: ansible({}),
    ...(mitogen && {
      'ansible with mitogen': ansible({
        ANSIBLE_STRATEGY_PLUGINS: mitogen,
        ANSIBLE_STRATEGY: 'mitogen_linear',
      }),
    }),
  }
}

/** Where mitogen's strategy lies, if it is installed. */
function mitogenPlugins() {
  const where = 'import ansible_mitogen, os; print(os.path.dirname(ansible_mitogen.__file__))'
  const { status, stdout } = spawnSync('python3', ['-c', where], { encoding: 'utf8' })
  return status === 0 ? join(stdout.trim(), 'plugins/strategy') : undefined
}

/** A quick peer that installs nothing is none. */
function standsOrThrow(name, { hosts }) {
  for (const host of hosts) {
    const count = Number(host.sh(`dpkg-query -W -f '\${db:Status-Abbrev}\\n' 'part-*' | grep -c '^ii ' || :`))
    if (count !== PACKAGES) throw new Error(`${name}: ${host.name} has ${count} of ${PACKAGES} packages`)
  }
}
