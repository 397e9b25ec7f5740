import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, seconds, time } from '../lab.mjs'
import { writeSyntheticStore } from '../synthetic-store.mjs'

// As many packages × stacks as the claim says; GACHETTE_BENCH_SCALE=500x50 for a look.
const [PACKAGES, STACKS] = (process.env.GACHETTE_BENCH_SCALE ?? '5000x1000').split('x').map(Number)
/** Stacks that differ; each of the others is a clone, as a stack is that nobody has edited. */
const GENERATIONS = Math.min(60, STACKS)
/** aptly makes a snapshot in a tenth of a second: so many of them are enough to be slow. */
const SNAPSHOTS = 10
const ROUNDS = 3

/**
 * What people do with many packages and stacks, over a real sshd, beside aptly and reprepro over the same one. They do
 * the nearest thing, and what that is stands beside each number: neither knows of commits, or of paths; aptly's
 * snapshots are what stacks are, reprepro has one state and forgets the one before.
 */
export async function measure(lab) {
  const meta = join(lab.dir, 'meta-at-scale')
  const store = writeSyntheticStore({
    meta,
    packages: PACKAGES,
    stacks: STACKS,
    generations: GENERATIONS,
  })
  const peers = openPeers(lab, store)
  const stack = (verb, words) => {
    const task = `stack_${verb}:${[...words, `meta_path=${meta}`].join(',')}`
    return gachette(lab, ['-H', lab.host, '--json', task]).wall
  }
  const last = store.stacks[GENERATIONS - 1]
  const first = store.stacks[0]
  const [project] = store.projects
  const commit = `commit=${project.commits[Math.floor(project.at / 2)]}`
  const coldCheck = stack('check', [last])
  const other = GENERATIONS - 2
  const nextCheck = stack('check', [store.stacks[other]])

  const rows = [
    compare(`show a stack of ${PACKAGES} packages`, 1.5, {
      ours: () => stack('show', [last]),
      'aptly snapshot show -with-packages': () => peers.aptly('snapshot', 'show', '-with-packages', 's0'),
      'reprepro list': () => peers.reprepro('list', 'd'),
    }),
    compare('what changed between two stacks (with the commits)', 1.5, {
      ours: () => stack('diff', [first, last, `work_path=${store.workPath}`]),
      'aptly snapshot diff (no commits)': () => peers.aptly('snapshot', 'diff', 's0', `s${SNAPSHOTS - 1}`),
    }),
    compare(`which of ${STACKS} stacks hold a commit`, 2, {
      ours: () => stack('search', [commit, `work_path=${store.workPath}`]),
      [`aptly package show -with-references (a version, of ${SNAPSHOTS} snapshots; no commits)`]: () =>
        peers.aptly('package', 'show', '-with-references', `'${store.packages[0]} (= 1.0.0)'`),
    }),
    compare('check a stack (again)', 1.5, {
      ours: () => stack('check', [last]),
      'aptly snapshot verify (dependencies; no paths)': () => peers.aptly('snapshot', 'verify', 's0'),
      'reprepro check (files; no dependencies)': () => peers.reprepro('check', 'd'),
    }),
    compare('export a stack for apt', 1.5, {
      ours: (round) => stack('export', [store.stacks[round * 3], 'unfrozen=true']),
      'aptly publish snapshot -skip-contents': (round) =>
        peers.aptly(
          'publish',
          'snapshot',
          '-skip-signing',
          '-skip-contents',
          `-distribution=p${round}`,
          's0',
          `r${round}`,
        ),
      'reprepro export': () => peers.reprepro('export', 'd'),
    }),
    compare('export it again, nothing changed', 1.5, {
      ours: (round) => stack('export', [store.stacks[round * 3], 'unfrozen=true']),
      'aptly publish update/switch -skip-contents': (round) =>
        peers.aptly('publish', 'switch', '-skip-signing', '-skip-contents', `p${round}`, `r${round}`, 's0'),
      'reprepro export': () => peers.reprepro('export', 'd'),
    }),
  ]
  rows.at(0).table = [
    `${PACKAGES} packages, ${STACKS} stacks, ${GENERATIONS} of which differ; aptly ${SNAPSHOTS} snapshots, reprepro one distribution; all by ssh`,
    `a check of a stack whose .debs nobody has read yet: ${seconds(coldCheck)}; of another one, in which five are new: ${seconds(nextCheck)}`,
    '',
  ]
  return rows
}

/** Ours against the quickest of the peers. */
function compare(what, bar, measures) {
  const { ours, ...peers } = inTurn(ROUNDS, measures)
  const quickest = Math.min(...Object.values(peers))
  const told = Object.entries(peers).map(([name, wall]) => `${name} ${seconds(wall)}`)
  return { what, ours: seconds(ours), peer: told.join(' · '), ratio: ours / quickest, bar }
}

/** The same packages in aptly and reprepro, each called by ssh as gachette calls. */
function openPeers(lab, store) {
  const pool = join(store.meta, 'debs')
  const root = join(lab.dir, 'peers')
  mkdirSync(join(root, 'reprepro/conf'), { recursive: true })
  const conf = join(root, 'aptly.conf')
  writeFileSync(
    conf,
    JSON.stringify({
      rootDir: join(root, 'aptly'),
      architectures: ['amd64'],
      gpgDisableSign: true,
      gpgDisableVerify: true,
    }),
  )
  writeFileSync(
    join(root, 'reprepro/conf/distributions'),
    'Codename: d\nArchitectures: amd64\nComponents: main\n',
  )
  const run = (program, ...args) =>
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: pool })
  const aptly = [`-config=${conf}`]
  const reprepro = ['-b', join(root, 'reprepro')]
  const firstOnes = store.packages.map((name) => `${name}_1.0.0_all.deb`)
  run('aptly', ...aptly, 'repo', 'create', 'r')
  run('aptly', ...aptly, 'repo', 'add', 'r', ...firstOnes)
  for (let at = 0; at < SNAPSHOTS; at++) {
    if (at > 0) {
      run('aptly', ...aptly, 'repo', 'remove', 'r', store.packages[at])
    }
    run('aptly', ...aptly, 'snapshot', 'create', `s${at}`, 'from', 'repo', 'r')
  }
  run(
    'reprepro',
    '--silent',
    ...reprepro,
    '-S',
    'misc',
    '-P',
    'optional',
    '-C',
    'main',
    'includedeb',
    'd',
    ...firstOnes,
  )
  const far = (...words) =>
    time(['ssh', '-F', lab.sshConfig, lab.host, words.join(' ')], { env: lab.env }).wall
  return {
    aptly: (...words) => far('aptly', ...aptly, ...words),
    reprepro: (...words) => far('reprepro', '--silent', ...reprepro, ...words),
  }
}
