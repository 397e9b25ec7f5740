import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, seconds, time } from '../lab.mjs'

const FILES = 20_000
const COMMITS = 5_000

/** `prepare` again after one new commit of a large repository, against cloning its last hundred commits. */
export function measure(lab) {
  const repository = join(lab.dir, 'large.git')
  importLarge(repository)
  const prepare = () => gachette(lab, ['-H', lab.host, `prepare:large,file://${repository},main`])
  prepare()
  let round = 0
  const clone = join(lab.dir, 'clone')
  const wall = inTurn(5, {
    ours: () => {
      commitOne(repository, ++round)
      return prepare().wall
    },
    peer: () => {
      rmSync(clone, { recursive: true, force: true })
      return time(['git', 'clone', '-q', '--depth=100', `file://${repository}`, clone], { env: lab.env }).wall
    },
  })
  return [
    {
      what: `prepare again after one commit (${FILES} files, ${COMMITS} commits) / git clone --depth=100`,
      ours: seconds(wall.ours),
      peer: `git clone ${seconds(wall.peer)}`,
      ratio: wall.ours / wall.peer,
      bar: 0.25,
    },
  ]
}

function importLarge(repository) {
  const git = (args, input) => {
    const { status, stderr } = spawnSync('git', ['-C', repository, ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(stderr)
  }
  spawnSync('git', ['init', '-q', '--bare', '-b', 'main', repository])
  const stream = []
  for (let n = 0; n < COMMITS; n++) {
    stream.push(
      'commit refs/heads/main',
      `committer Bench <bench@example.invalid> ${1_600_000_000 + n * 60} +0000`,
      data(`commit ${n}`),
    )
    const touched = n === 0 ? Array.from({ length: FILES }, (_, at) => at) : [n % FILES, (n * 7) % FILES]
    for (const at of touched)
      stream.push(
        `M 100644 inline dir${at % 200}/file${at}.txt`,
        data(`file ${at}, commit ${n}\n${'line\n'.repeat(at % 40)}`),
      )
  }
  git(['fast-import', '--quiet'], `${stream.join('\n')}\n`)
}

function commitOne(repository, round) {
  const stream = [
    'commit refs/heads/main',
    `committer Bench <bench@example.invalid> ${1_700_000_000 + round} +0000`,
    data(`more ${round}`),
    'from refs/heads/main^0',
    'M 100644 inline dir1/file1.txt',
    data(`round ${round}\n`),
  ]
  const { status, stderr } = spawnSync('git', ['-C', repository, 'fast-import', '--quiet'], {
    input: `${stream.join('\n')}\n`,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

const data = (text) => `data ${Buffer.byteLength(text)}\n${text}`
