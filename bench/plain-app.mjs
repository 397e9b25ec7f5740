// What `quick` is measured with: a small repository, and its work as a script typed by hand.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lab.mjs'

/** A repository of one plain application with one commit; `commit` adds another. */
export function plainApp(repository) {
  cpSync(join(root, 'test/fixtures/missile-golden/projects/plain-app'), repository, { recursive: true })
  const me = ['-c', 'user.name=b', '-c', 'user.email=b@example.invalid']
  const git = (...args) => execFileSync('git', ['-C', repository, ...me, ...args])
  git('init', '-q', '-b', 'main')
  let round = 0
  const commit = () => {
    writeFileSync(join(repository, 'hello.txt'), `hello ${++round}\n`)
    git('add', '-A')
    git('commit', '-q', '-m', `round ${round}`)
  }
  commit()
  return { commit }
}

/**
 * The same work as a careful person would type it, with the same things on disk at the end: is the stack there, fetch,
 * check out clean with submodules under a lock, keep the build's log, pack reproducibly, describe the package by what
 * dpkg-deb and sha256sum say, put it into the pool without overwriting, register it, and pin it in a new generation of
 * the stack by one rename, under the store's lock, on disk before it counts.
 */
export function handWritten(repository, base) {
  mkdirSync(base, { recursive: true })
  return `main() {
set -eu
umask 022
cd ${base}
meta=$PWD/meta
mkdir -p meta/debs meta/packages meta/gen meta/stacks meta/log
[ -L meta/stacks/0.0.1 ] || { mkdir -p meta/gen/first/packages; : > meta/gen/first/.manifest; ln -s ../gen/first meta/stacks/0.0.1; }
exec 8>wc.lock
flock 8
[ -d m.git ] || git clone -q --mirror file://${repository} m.git
git -C m.git fetch -q --prune origin
commit=$(git -C m.git rev-parse --verify main^{commit})
[ -d wc ] || git clone -q -s m.git wc
git -C wc checkout -q --force --detach $commit
git -C wc clean -qffdx
git -C wc submodule update -q --init --recursive
tag=$(git -C m.git describe --tags --abbrev=0 --match 'v[0-9]*' $commit 2>/dev/null) || tag=v0.0.1
export SOURCE_DATE_EPOCH=$(git -C wc log -1 --format=%ct)
version=\${tag#v}+git$(date -u -d @$SOURCE_DATE_EPOCH +%Y%m%d.%H%M%S).$(echo $commit | cut -c1-12).main
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat wc/.missile.yml > "$work/missile"
pkg=$work/pkg
code=$pkg/opt/trebuchet/plain_app/code
deb=dh-plain-app-$version-all.deb
{
  mkdir -p $pkg/DEBIAN $code
  cp -RP wc/* $code/
  echo $commit | cut -c1-7 > $code/GIT_VERSION
  find $code -name .git -prune -exec rm -rf {} +
  find $code -name '*.pyc' -delete
  find $pkg -type d -exec chmod 755 {} +
  find $pkg -type f -perm -u+x -exec chmod 755 {} +
  find $pkg -type f ! -perm -u+x -exec chmod 644 {} +
  (cd $pkg && find . -path ./DEBIAN -prune -o -type f -printf '%P\\0' | sort -z | xargs -0r md5sum) > $pkg/DEBIAN/md5sums
  printf 'Package: dh-plain-app\\nVersion: %s\\nArchitecture: all\\nMaintainer: me <me@example.invalid>\\nInstalled-Size: %s\\nDescription: plain app\\n of %s\\n' $version $(du -sk $pkg | cut -f1) $commit > $pkg/DEBIAN/control
  find $pkg -exec touch -h -d @$SOURCE_DATE_EPOCH {} +
  dpkg-deb -Zxz --root-owner-group -b $pkg $work/$deb
} 2>&1 | tee $work/log
flock -u 8
sum=$(sha256sum $work/$deb | cut -c1-64)
size=$(stat -c %s $work/$deb)
control=$(dpkg-deb -f $work/$deb)
[ "$(dpkg-deb -f $work/$deb Version)" = "$version" ]
exec 9>store.lock
flock 9
cp $work/$deb meta/debs/.new
new=$meta/gen/new.$$
mkdir -p meta/packages/dh-plain-app/version/$version $new
gzip -cn $work/log > meta/packages/dh-plain-app/version/$version/build.log.gz
printf '{"sha256":"%s","size":%s,"control":"%s"}\\n' $sum $size "$(echo "$control" | sed 's/"/\\\\"/g')" > meta/packages/dh-plain-app/version/$version/manifest.json
cp -al meta/stacks/0.0.1/packages $new/packages
mkdir -p $new/packages/dh-plain-app
echo $version > $new/packages/dh-plain-app/.version
mv $new/packages/dh-plain-app/.version $new/packages/dh-plain-app/version
{ grep -v '^dh-plain-app ' meta/stacks/0.0.1/.manifest || true; echo dh-plain-app $version all $sum; } | sort > $new/.manifest
sha256sum < $new/.manifest | cut -c1-64 > $new/.digest
sync -f meta
ln meta/debs/.new meta/debs/$deb
rm meta/debs/.new
echo $deb > meta/packages/dh-plain-app/version/$version/.file
mv meta/packages/dh-plain-app/version/$version/.file meta/packages/dh-plain-app/version/$version/file
generation=$(date -u +%Y%m%dT%H%M%SZ)-$$
mv -T $new meta/gen/$generation
ln -s ../gen/$generation meta/stacks/.0.0.1
mv -T meta/stacks/.0.0.1 meta/stacks/0.0.1
sync meta/stacks
echo "$generation $(cat meta/gen/$generation/.digest) $version" >> meta/log/0.0.1
cat meta/gen/$generation/.manifest
}
main
`
}
