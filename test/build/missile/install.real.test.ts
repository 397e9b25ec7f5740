import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Artifact } from '../../../src/build/index.ts'
import { type DebianRoot, debianRoot } from '../../support/debian-root.ts'
import {
  type Bench,
  bench,
  buildRepository,
  FIXTURES,
  goldenRepository,
  textRepository,
} from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

/** dpkg takes an empty /opt away, which no package has. */
const EVERYTHING =
  'find / -xdev -not -path "/var/*" -not -path "/debs/*" -not -path "/proc/*" -not -path "/dev/*" -not -path /opt | sort'

/** What the format itself asks for: /opt, settings that are replaced with their package, scripts without `set -e`, … */
const KNOWN = [
  'command-with-path-in-maintainer-script',
  'dir-or-file-in-opt',
  'file-in-etc-not-marked-as-conffile',
  'maintainer-script-calls-systemctl',
  'maintainer-script-ignores-errors',
  'no-changelog',
  'no-copyright-file',
  'non-standard-file-perm',
  'package-installs-deprecated-upstart-configuration',
  'script-not-executable',
  'unknown-field',
  'unusual-interpreter',
  'wrong-path-for-interpreter',
]

describeWith(
  ['root', 'git', 'dpkg-deb', 'mmdebstrap', 'chroot', '/usr/bin/python3'],
  'the packages on a real Debian',
  () => {
    let at: Bench
    let root: DebianRoot
    let web: readonly Artifact[] = []
    let conf: readonly Artifact[] = []
    const index = () => at.path('index')
    const options = () => ({ request: { pipOptions: ['--no-index', '--find-links', index()] } })

    beforeAll(async () => {
      at = bench()
      root = debianRoot()
      execFileSync('sh', [join(FIXTURES, 'recreate.sh'), '--stub-index', join(FIXTURES, 'stubs'), index()])
      web = await buildRepository(at, goldenRepository(at, 'harbour-web'), options())
      conf = await buildRepository(at, goldenRepository(at, 'harbour-conf'), { name: 'conf' })
      mkdirSync(join(root.dir, 'debs'))
      for (const { path, fileName } of [...web, ...conf]) copyFileSync(path, join(root.dir, 'debs', fileName))
    }, 300_000)
    afterAll(async () => {
      await root.remove()
      at.remove()
    })

    test('install, where no systemd runs, are listed, work, and go without a trace', () => {
      const before = root.sh(EVERYTHING)
      root.sh('dpkg -i /debs/dh-harbour-[fbw]*.deb')
      expect(root.sh("dpkg -l 'dh-*' | sed -n 's/^ii  *\\([^ ]*\\).*/\\1/p'").trim().split('\n')).toEqual(
        web.map(({ name }) => name).sort(),
      )
      expect(root.sh('dpkg -L dh-harbour-front')).toContain(
        '/usr/lib/systemd/system/dh_harbour_front@.service',
      )
      expect(root.sh('dpkg -V')).toBe('')
      expect(root.sh('/opt/trebuchet/harbour_web_lib/env/bin/tidetable')).toBe(
        'high water at 06:12 and 18:37\n',
      )
      expect(root.sh('/opt/trebuchet/bin/harbour_pilot')).toBe('west east mole\n')
      expect(root.sh('cd / && CONFIG=/dev/null LOCALE=C.UTF-8 /opt/trebuchet/bin/harbour_quay')).toBe(
        'high water at 06:12 and 18:37\n',
      )
      expect(root.sh('cat /var/lib/harbour_web/stamp')).toBe('tide tables of {{ nobody_renders_this }}\n')
      root.sh("dpkg -P $(dpkg -l 'dh-*' | sed -n 's/^ii  *\\([^ ]*\\).*/\\1/p')")
      const after = root.sh(EVERYTHING)
      expect(after).toBe(before)
    })

    test('have units systemd-analyze finds no fault with', () => {
      root.sh('dpkg -i /debs/dh-harbour-[fbw]*.deb')
      const units = root.sh('ls /usr/lib/systemd/system/dh_*').trim().split('\n')
      expect(units).toHaveLength(6)
      expect(root.sh('systemd-analyze verify --man=no "$@"', ...units)).toBe('')
    })

    test('have only the faults the format asks for, says lintian', () => {
      const tags = execFileSync(
        'sh',
        [
          '-c',
          'lintian --fail-on none "$@"',
          'sh',
          ...[...web.filter(({ name }) => name !== 'dh-harbour-web-lib'), ...conf].map(({ path }) => path),
        ],
        {
          encoding: 'utf8',
        },
      )
      const found = [
        ...new Set(tags.split('\n').flatMap((line) => /^[EW]: \S+: (\S+)/.exec(line)?.[1] ?? [])),
      ].sort()
      expect(found.filter((tag) => !KNOWN.includes(tag))).toEqual([])
    })
  },
)

describeWith(
  ['root', 'git', 'dpkg-deb', 'mmdebstrap', 'systemd-nspawn', 'nsenter'],
  'a service on a booted Debian',
  () => {
    let at: Bench
    let root: DebianRoot

    beforeAll(async () => {
      at = bench()
      root = debianRoot()
      mkdirSync(join(root.dir, 'debs'))
      const copy = (debs: readonly Artifact[]) => {
        for (const { path, fileName } of debs) copyFileSync(path, join(root.dir, 'debs', fileName))
      }
      const app = textRepository(at, {
        '.missile.yml':
          'name: app\ntype: application\nextra_files: [{name: prog, type: binary, template: t}]\nservices:\n  - {name: svc, binary_name: prog, env_var: {word: "a \\"b\\" 100% $HOME\\\\"}}\n',
        t: '#!/bin/sh\n. "$CONFIG"\nprintf "%s|%s|%s\\n" "$CONFIG" "$NAME" "$SERVICE_WORD" >"/run/seen.$NAME"\nexec sleep 1000\n',
      })
      copy(await buildRepository(at, app, { name: 'app' }))
      copy(await buildRepository(at, app, { name: 'app', versions: { app: '2.0', service: '2.0' } }))
      copy(await buildRepository(at, goldenRepository(at, 'harbour-conf'), { name: 'conf' }))
      await root.boot()
    }, 300_000)
    afterAll(async () => {
      await root.remove()
      at.remove()
    })

    const running = () =>
      root
        .live(
          'i=0; while systemctl list-jobs --no-legend | grep -q dh_svc && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done; systemctl list-units --plain --no-legend --state=running "dh_svc@*" | cut -d" " -f1',
        )
        .trim()
        .split('\n')
        .filter((line) => line !== '')

    test('runs once for each file of settings, with its variables, unless it is switched off', () => {
      root.live('mkdir -p /etc/trebuchet && echo NAME=one >/etc/trebuchet/one-a.conf')
      root.live('dpkg -i /debs/dh-app-1.0.0-all.deb /debs/dh-svc-1.0.0-all.deb')
      expect(running()).toEqual(['dh_svc@one\\x2da.service'])
      expect(root.live('cat /run/seen.one')).toBe('/etc/trebuchet/one-a.conf|one|a "b" 100% $HOME\\\n')

      // settings come with another package: its instance begins; they go: it ends
      root.live('dpkg -i /debs/dh-harbour-conf-1.0.0-all.deb')
      expect(running()).toEqual(['dh_svc@harbour_conf.service', 'dh_svc@one\\x2da.service'])
      root.live('dpkg -P dh-harbour-conf')
      expect(running()).toEqual(['dh_svc@one\\x2da.service'])

      // an upgrade of both restarts what runs
      const before = root.live('systemctl show -P MainPID "dh_svc@one\\x2da.service"')
      root.live('dpkg -i /debs/dh-app-2.0-all.deb /debs/dh-svc-2.0-all.deb')
      expect(running()).toEqual(['dh_svc@one\\x2da.service'])
      expect(root.live('systemctl show -P MainPID "dh_svc@one\\x2da.service"')).not.toBe(before)

      root.live(
        'mkdir -p /etc/trebuchet/disabled && touch /etc/trebuchet/disabled/svc && systemctl restart dh_svc',
      )
      expect(running()).toEqual([])
      root.live('rm /etc/trebuchet/disabled/svc && systemctl restart dh_svc')
      expect(running()).toEqual(['dh_svc@one\\x2da.service'])
      expect(
        root.live(
          'systemctl show -P ActiveState multi-user.target; systemctl list-dependencies --plain multi-user.target',
        ),
      ).toContain('dh_svc.service')
      root.live('dpkg -P dh-svc dh-app')
      expect(running()).toEqual([])
      expect(root.live('systemctl list-units --plain --no-legend --failed')).toBe('')
    })
  },
)
