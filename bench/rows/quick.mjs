import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, root, seconds, time } from '../lab.mjs'

/** `quick` of a new commit with a warm mirror, against the same work typed by hand as one `ssh host sh -s` script. */
export function measure(lab) {
  const repository = join(lab.dir, 'plain-app')
  cpSync(join(root, 'test/fixtures/missile-golden/projects/plain-app'), repository, { recursive: true })
  const git = (...args) =>
    execFileSync('git', [
      '-C',
      repository,
      '-c',
      'user.name=b',
      '-c',
      'user.email=b@example.invalid',
      ...args,
    ])
  git('init', '-q', '-b', 'main')
  let round = 0
  const commit = () => {
    writeFileSync(join(repository, 'hello.txt'), `hello ${++round}\n`)
    git('add', '-A')
    git('commit', '-q', '-m', `round ${round}`)
  }
  commit()
  gachette(lab, ['-H', lab.host, 'stack_create:0.0.1'])
  const quick = (...flags) =>
    gachette(lab, ['-H', lab.host, ...flags, `quick:0.0.1,plain-app,main,file://${repository}`])
  quick()
  const script = handWritten(repository, join(lab.dir, 'by-hand'))
  const byHand = () =>
    time(['ssh', '-F', lab.sshConfig, lab.host, 'sh', '-s'], { env: lab.env, input: script })
  byHand()
  const wall = inTurn(9, {
    ours: () => commit() ?? quick().wall,
    peer: () => commit() ?? byHand().wall,
  })
  commit()
  const execs = countExecs(quick)
  return [
    {
      what: 'quick of a new commit, warm mirror / one hand-written ssh script',
      ours: seconds(wall.ours),
      peer: `by hand ${seconds(wall.peer)}`,
      ratio: wall.ours / wall.peer,
      bar: 1.7,
    },
    {
      what: 'quick: commands run on the build machine, one after the other',
      ours: String(execs),
      peer: '',
      ratio: execs,
      bar: 4,
      unit: 'execs',
    },
  ]
}

/** What a careful person would type: fetch, check out, pack, checksum, put into the pool, pin under a lock. */
function handWritten(repository, base) {
  mkdirSync(base, { recursive: true })
  return `set -eu
cd ${base}
[ -d m.git ] || git clone -q --mirror file://${repository} m.git
git -C m.git fetch -q --prune origin
commit=$(git -C m.git rev-parse main)
[ -d wc ] || git clone -q -s m.git wc
git -C wc fetch -q
git -C wc checkout -q --force --detach $commit
git -C wc clean -qffdx
version=0.0.1+git$(TZ=UTC git -C wc log -1 --format=%cd --date=format-local:%Y%m%d.%H%M%S).$(echo $commit | cut -c1-12).main
export SOURCE_DATE_EPOCH=$(git -C wc log -1 --format=%ct)
rm -rf pkg && mkdir -p pkg/DEBIAN pkg/opt/trebuchet/plain_app/code
cp -R wc/* pkg/opt/trebuchet/plain_app/code/
printf 'Package: dh-plain-app\\nVersion: %s\\nArchitecture: all\\nMaintainer: me <me@example.invalid>\\nDescription: plain app\\n' $version > pkg/DEBIAN/control
deb=dh-plain-app-$version-all.deb
dpkg-deb -Zxz --root-owner-group -b pkg $deb >/dev/null
sha256sum $deb
dpkg-deb -f $deb >/dev/null
exec 9>lock
flock 9
mkdir -p meta/debs meta/packages/dh-plain-app/version/$version meta/stacks/0.0.1/packages/dh-plain-app
cp $deb meta/debs/.new && sync -f meta/debs/.new && ln meta/debs/.new meta/debs/$deb && rm meta/debs/.new
echo $deb > meta/packages/dh-plain-app/version/$version/.new && mv meta/packages/dh-plain-app/version/$version/.new meta/packages/dh-plain-app/version/$version/file
echo $version > meta/stacks/0.0.1/packages/dh-plain-app/.new && mv meta/stacks/0.0.1/packages/dh-plain-app/.new meta/stacks/0.0.1/packages/dh-plain-app/version
sync -f meta
`
}

/** The commands of a run, as its events name them; the test suite counts them at the server as well. */
function countExecs(quick) {
  const { stdout } = quick('--json')
  return stdout.split('\n').filter((line) => line.includes('"type":"command-started"')).length
}
