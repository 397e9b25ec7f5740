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
 * the nearest thing, and what that is stands beside each number: neither knows of commits, or whose path is whose;
 * aptly's snapshots are what stacks are, and the bars are against it; reprepro has one state and forgets the one before.
 */
export function measure(lab) {
  const store = writeSyntheticStore({
    meta: join(lab.dir, 'meta-at-scale'),
    packages: PACKAGES,
    stacks: STACKS,
    generations: GENERATIONS,
  })
  const small = writeSyntheticStore({ meta: join(lab.dir, 'small-meta'), packages: 50, stacks: 10 })
  const peers = openPeers(lab, store)
  const ours = (verb, wordsOf) => ({
    ours: (round) => stack(lab, store, verb, wordsOf(store, round)),
    small: (round) => stack(lab, small, verb, wordsOf(small, round)),
  })
  const firstCheck = stack(lab, store, 'check', [lastOf(store)])
  const nextCheck = stack(lab, store, 'check', [store.stacks[GENERATIONS - 2]])
  const rows = [
    compare(`show a stack of ${PACKAGES} packages`, 2.5, {
      ...ours('show', (one) => [lastOf(one)]),
      'aptly snapshot show -with-packages': () => peers.aptly('snapshot show -with-packages s0'),
      'reprepro list': () => peers.reprepro('list d'),
    }),
    compare('what changed between two stacks, and the commits that are why', 4, {
      ...ours('diff', (one) => [one.stacks[0], lastOf(one), `work_path=${one.workPath}`]),
      'aptly snapshot diff (no commits)': () => peers.aptly(`snapshot diff s0 s${SNAPSHOTS - 1}`),
    }),
    compare(`which of ${STACKS} stacks hold a commit`, 4, {
      ...ours('search', (one) => [`commit=${someCommit(one)}`, `work_path=${one.workPath}`]),
      [`aptly package show -with-references (a version, of ${SNAPSHOTS} snapshots; no commits)`]: () =>
        peers.aptly(`package show -with-references '${store.packages[0]} (= 1.0.0)'`),
    }),
    compare('check a stack again: dependencies, conflicts, paths', 4, {
      ...ours('check', (one) => [lastOf(one)]),
      'aptly snapshot verify (dependencies)': () => peers.aptly('snapshot verify s0'),
      'reprepro check (that files are there)': () => peers.reprepro('check d'),
    }),
    compare('export a stack for apt', 1.5, {
      ...ours('export', (one, round) => [one.stacks[round * 3], 'unfrozen=true']),
      'aptly publish snapshot -skip-contents': (round) =>
        peers.aptly(`publish snapshot -skip-signing -skip-contents -distribution=p${round} s0 r${round}`),
      'reprepro export': () => peers.reprepro('export d'),
    }),
    compare('export it again, nothing changed', 1, {
      ...ours('export', (one, round) => [one.stacks[round * 3], 'unfrozen=true']),
      'aptly publish switch -skip-contents': (round) =>
        peers.aptly(`publish switch -skip-signing -skip-contents p${round} r${round} s0`),
      'reprepro export': () => peers.reprepro('export d'),
    }),
  ]
  rows[0].table = [
    `${PACKAGES} packages, ${STACKS} stacks, ${GENERATIONS} of which differ; aptly ${SNAPSHOTS} snapshots, reprepro one distribution; all by ssh`,
    `the first check of a stack, which reads every .deb: ${seconds(firstCheck)}; of the next stack, with five that are new: ${seconds(nextCheck)}`,
    `to take in ${PACKAGES} .debs: aptly repo add ${seconds(peers.taken.aptly)}, reprepro includedeb ${seconds(peers.taken.reprepro)}`,
    '',
  ]
  return rows
}

/** One line of gachette as a user types it: start-up, SSH, answer. */
function stack(lab, { meta }, verb, words) {
  const task = `stack_${verb}:${[...words, `meta_path=${meta}`].join(',')}`
  return gachette(lab, ['-H', lab.host, '--json', task]).wall
}

const lastOf = ({ stacks }) => stacks[Math.min(GENERATIONS, stacks.length) - 1]

/** One that lies before what is pinned: the stacks that hold it are found by ancestry. */
const someCommit = ({ projects: [{ commits, at }] }) => commits[Math.floor(at / 2)]

/** Ours against the first of the peers; and against ourselves where there is little. */
function compare(what, bar, measures) {
  const { ours, small, ...peers } = inTurn(ROUNDS, measures)
  const told = Object.entries(peers).map(([name, wall]) => `${name} ${seconds(wall)}`)
  return {
    what,
    ours: `${seconds(ours)} (${seconds(small)} at 50 packages x 10 stacks)`,
    peer: told.join(' · '),
    ratio: ours / Object.values(peers)[0],
    bar,
  }
}

/** The same packages in aptly and reprepro, each called by ssh as gachette calls. */
function openPeers(lab, store) {
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
  const aptly = [`-config=${conf}`]
  const reprepro = ['-b', join(root, 'reprepro')]
  const here = (...argv) => time(argv, { cwd: join(store.meta, 'debs') }).wall
  const debs = store.packages.map((name) => `${name}_1.0.0_all.deb`)
  here('aptly', ...aptly, 'repo', 'create', 'r')
  const taken = {
    aptly: here('aptly', ...aptly, 'repo', 'add', 'r', ...debs),
    reprepro: here(
      'reprepro',
      '--silent',
      ...reprepro,
      '-S',
      'misc',
      '-P',
      'optional',
      'includedeb',
      'd',
      ...debs,
    ),
  }
  for (let at = 0; at < SNAPSHOTS; at++) {
    if (at > 0) here('aptly', ...aptly, 'repo', 'remove', 'r', store.packages[at])
    here('aptly', ...aptly, 'snapshot', 'create', `s${at}`, 'from', 'repo', 'r')
  }
  const far = (line) => time(['ssh', '-F', lab.sshConfig, lab.host, line], { env: lab.env }).wall
  return {
    taken,
    aptly: (line) => far(`aptly ${aptly.join(' ')} ${line}`),
    reprepro: (line) => far(`reprepro --silent ${reprepro.join(' ')} ${line}`),
  }
}
