import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Bench,
  bench,
  buildRepository,
  filesOf,
  goldenRepository,
  memberOf,
  textOf,
  textRepository,
} from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

const APP = 'name: app\ntype: application\n'
const shown = (deb: string | undefined): string[] =>
  filesOf(deb ?? '')
    .filter(({ type }) => type !== 'dir')
    .map(({ mode, path, target }) => `${mode} ${path}${target === undefined ? '' : ` -> ${target}`}`)

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'a build on a real machine', () => {
  let at: Bench
  beforeEach(() => {
    at = bench()
  })
  afterEach(() => {
    const left = readdirSync(at.workPath).filter((name) => name.startsWith('building'))
    at.remove()
    expect(left).toEqual([])
  })
  const build = (files: Readonly<Record<string, string>>, options?: Parameters<typeof buildRepository>[2]) =>
    buildRepository(at, textRepository(at, files), options)

  test('a failing step ends it with the step, its status and its last lines, and leaves no package', async () => {
    const outputDir = at.path('never')
    await expect(
      build(
        {
          '.missile.yml': `${APP}build_assets: ["echo one", "echo two >&2; exit 7", "echo three"]`,
          'a.txt': 'a',
        },
        { request: { outputDir } },
      ),
    ).rejects.toMatchObject({
      message: 'dh-app: build step 2 of 3 failed with exit status 7: echo two >&2; exit 7',
      output: expect.arrayContaining(['two']),
    })
    expect(existsSync(outputDir)).toBe(false)
    expect(at.remote.said.join('')).not.toContain('three')
  })

  test('a project of hidden files only is refused, as cp refuses it', async () => {
    await expect(build({ '.missile.yml': APP, '.hidden': 'x' })).rejects.toThrow(
      'dh-app: there is nothing to package but hidden files',
    )
  })

  test('a missing tool is named with the line that installs it', async () => {
    const bin = at.path('bin')
    mkdirSync(bin)
    for (const folder of ['/usr/bin', '/bin'])
      for (const name of readdirSync(folder))
        if (name !== 'dpkg-deb' && !existsSync(`${bin}/${name}`))
          symlinkSync(`${folder}/${name}`, `${bin}/${name}`)
    const poor = bench({ ...process.env, PATH: bin })
    try {
      await expect(
        buildRepository(poor, textRepository(at, { '.missile.yml': APP, 'a.txt': 'a' })),
      ).rejects.toMatchObject({
        message: 'project: the build machine has no dpkg-deb',
        hint: 'install it there:  apt-get install dpkg',
      })
    } finally {
      poor.remove()
    }
    mkdirSync(at.workPath, { recursive: true })
  })

  test('a missile below the top makes its folder the project', async () => {
    const [deb] = await build(
      { 'sub/dir/my.yml': APP, 'sub/dir/in.txt': 'in', 'out.txt': 'out' },
      { missilePath: 'sub/dir/my.yml' },
    )
    expect(shown(deb?.path)).toEqual([
      '0644 /opt/trebuchet/app/code/GIT_VERSION',
      '0644 /opt/trebuchet/app/code/in.txt',
      '0644 /opt/trebuchet/app/code/my.yml',
    ])
    await expect(build({ 'a.txt': 'a' })).rejects.toThrow(
      /project has no \.missile\.yml at commit [0-9a-f]{12}/,
    )
  })

  test('a template that is found only while rendering is asked for, once each', async () => {
    const [deb] = await build({
      '.missile.yml': `${APP}part: two\nextra_files: [{name: x, type: product, template: "t\\u002ftop"}]`,
      't/top': `{% set dir = 't' %}{% include dir ~ '/' ~ part %}{% include 'gone' ignore missing %}.`,
      't/two': 'second',
    })
    expect(textOf(deb?.path ?? '', '/etc/trebuchet/x.conf')).toBe('second.')
    expect(at.remote.execs()).toBe(5)
  })

  test.each([
    ['t', 'a\n{{ nope }}', "t:2: 'nope' is undefined"],
    ['t', "{% include 'gone' %}", 't:1: there is no template gone in the project'],
    ['gone', '', 'there is no template gone in the project'],
    ['t', '{% if %}', 't:1: '],
    ['/etc/passwd', '', 'there is no template /etc/passwd in the project'],
    ['../t', '', 'there is no template ../t in the project'],
    ['out', '', 'there is no template out in the project'],
  ])('a template that cannot be rendered (%s: %j) is one clear error', async (template, text, message) => {
    const files = {
      '.missile.yml': `${APP}extra_files: [{name: x, type: product, template: "${template}"}]`,
      t: text,
    }
    const repository = textRepository(at, files)
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-C', repository, ...args])
    symlinkSync('/etc/hostname', `${repository}/out`)
    git('add', 'out')
    git('commit', '-qm', 'link')
    await expect(buildRepository(at, repository)).rejects.toThrow(message)
  })

  test('extra files go where their type says, with their mode, over whatever is there', async () => {
    const extra = (name: string, type: string, more = '') =>
      `  - {name: ${name}, type: ${type}, template: t${more}}`
    const [good] = await build({
      '.missile.yml': [
        `${APP}name_suffix: _x`,
        'extra_files:',
        extra('bin', 'binary'),
        extra('site', 'nginx'),
        extra('relic', 'newrelic_config'),
        extra(
          'cust',
          'custom',
          ', target_path: /srv/a b//c/, target_extension: .ini, target_is_executable: yes',
        ),
        extra('named', 'custom', ', target_path: srv, target_filename: "two words"'),
        extra('over', 'custom', ', target_path: opt/trebuchet/app_x/code, target_filename: link'),
        extra('twice', 'custom', ', target_path: first'),
        extra('twice', 'custom', ', target_path: second'),
        '  - {name: config, type: debian, template: c}',
        "build_assets: ['ln -s /etc/hostname link']",
      ].join('\n'),
      t: '{{ name }}',
      c: '#!/bin/sh\nexit 0',
      'a.txt': 'a',
    })
    expect(shown(good?.path)).toEqual([
      '0644 /etc/nginx/sites-available/site_x.conf',
      '0644 /etc/trebuchet/newrelic/relic_x.ini',
      '0644 /opt/trebuchet/app_x/code/GIT_VERSION',
      '0644 /opt/trebuchet/app_x/code/a.txt',
      '0644 /opt/trebuchet/app_x/code/c',
      '0644 /opt/trebuchet/app_x/code/link',
      '0644 /opt/trebuchet/app_x/code/t',
      '0755 /opt/trebuchet/bin/bin_x',
      '0644 /second/twice_x',
      '0755 /srv/a b/c/cust_x.ini',
      '0644 /srv/two words',
    ])
    expect(memberOf(good?.path ?? '', 'config_x')).toBe('#!/bin/sh\nexit 0\n')
  })

  test('nothing is written or removed through a link that leads out of the package', async () => {
    const outside = at.path('outside')
    mkdirSync(outside)
    writeFileSync(`${outside}/keep.txt`, 'keep')
    writeFileSync(`${outside}/old.pyc`, 'keep')
    await expect(
      build({
        '.missile.yml': `${APP}extra_files: [{name: x, type: custom, template: t, target_path: opt/trebuchet/app/code/hole}]\nbuild_assets: ['ln -s ${outside} hole']`,
        t: 'x',
        'a.txt': 'a',
      }),
    ).rejects.toThrow('dh-app: opt/trebuchet/app/code/hole/x cannot be put into the package')
    const repository = textRepository(at, {
      '.missile.yml': `${APP}exclude_folders: [hole/keep.txt, 'd*/', "gone", "no such*"]`,
      'a.txt': 'a',
      'docs/x': 'x',
      'data file/y': 'y',
      'z.pyc': 'z',
    })
    symlinkSync(outside, `${repository}/hole`)
    execFileSync('sh', [
      '-c',
      `cd "$0" && git add hole && git -c user.name=a -c user.email=a@b commit -qm hole`,
      repository,
    ])
    const [deb] = await buildRepository(at, repository)
    expect(shown(deb?.path)).toEqual([
      '0644 /opt/trebuchet/app/code/GIT_VERSION',
      '0644 /opt/trebuchet/app/code/a.txt',
      `0777 /opt/trebuchet/app/code/hole -> ${outside}`,
    ])
    expect(readdirSync(outside).sort()).toEqual(['keep.txt', 'old.pyc'])
    rmSync(outside, { recursive: true })
  })

  test('two builds in different folders and umasks make the same bytes', async () => {
    const files = {
      '.missile.yml': `${APP}build_assets: ["mkdir made && date >/dev/null && echo x > made/new", "chmod 600 a.txt"]\nextra_files: [{name: x, type: binary, template: t}]\nservices: [{name: s, binary_name: x}]\nstatic_files: [{name: st, folders: [{path: made}]}]`,
      t: 'x',
      'a.txt': 'a',
      'run.sh*': '#!/bin/sh\n',
    }
    const repository = textRepository(at, files)
    const first = await buildRepository(at, repository)
    const other = bench()
    const before = process.umask(0o077)
    try {
      const second = await buildRepository(other, repository, { request: { outputDir: other.path('debs') } })
      expect(second.map(({ name, sha256 }) => ({ name, sha256 }))).toEqual(
        first.map(({ name, sha256 }) => ({ name, sha256 })),
      )
    } finally {
      process.umask(before)
      other.remove()
    }
    expect(shown(first.find(({ name }) => name === 'dh-app')?.path)).toContain(
      '0600 /opt/trebuchet/app/code/a.txt',
    )
  })

  test('a commit of the future and files of the past make the same bytes too, with one time', async () => {
    const repository = textRepository(at, {
      '.missile.yml': `${APP}build_assets: ["touch -d @1 old", "mkdir -p __pycache__ sub/__pycache__; touch __pycache__/a.pyc b.pyc"]`,
      'a.txt': 'a',
    })
    const identity = { GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' }
    for (const [date, year] of [
      [1_700_000_000, '2023'],
      [4_000_000_000, '2096'],
    ] as const) {
      execFileSync('git', ['-C', repository, 'commit', '-q', '--amend', '--no-edit', '--allow-empty'], {
        env: { ...process.env, ...identity, GIT_COMMITTER_DATE: `${date} +0000` },
      })
      const [one] = await buildRepository(at, repository)
      await new Promise((done) => setTimeout(done, 1100 - (Date.now() % 1000)))
      const [two] = await buildRepository(at, repository)
      expect(two?.sha256).toBe(one?.sha256)
      const listed = execFileSync('dpkg-deb', ['-c', one?.path ?? ''], {
        encoding: 'utf8',
        env: { TZ: 'UTC', ...process.env },
      })
      expect(new Set(listed.match(/ \d{4}-/g))).toEqual(new Set([` ${year}-`]))
      expect(shown(one?.path)).toEqual([
        '0644 /opt/trebuchet/app/code/GIT_VERSION',
        '0644 /opt/trebuchet/app/code/a.txt',
        '0644 /opt/trebuchet/app/code/old',
      ])
      expect(listed).not.toContain('__pycache__')
    }
  })

  test('two builds of one project at once are both right', async () => {
    const repository = textRepository(at, {
      '.missile.yml': `${APP}build_assets: ["sleep 0.3; echo $TMPDIR > where"]`,
      'a.txt': 'a',
    })
    const [one, two] = await Promise.all([buildRepository(at, repository), buildRepository(at, repository)])
    const where = [one, two].map((debs) => textOf(debs[0]?.path ?? '', '/opt/trebuchet/app/code/where'))
    expect(new Set(where).size).toBe(2)
  })

  test('a build that is ended in the middle leaves nothing behind', async () => {
    const outputDir = at.path('never')
    const building = build(
      { '.missile.yml': `${APP}build_assets: ["touch ${at.path('started')}; sleep 60"]`, 'a.txt': 'a' },
      { request: { outputDir } },
    )
    const ended = expect(building).rejects.toThrow()
    await expect.poll(() => existsSync(at.path('started')), { timeout: 20_000 }).toBe(true)
    process.kill(-(at.remote.current()?.pid ?? 0), 'SIGTERM')
    await ended
    expect(existsSync(outputDir)).toBe(false)
  })

  test('capitals in a package name become small, its paths keep theirs, and it says so', async () => {
    const [deb] = await build({ '.missile.yml': 'name: My_App\ntype: application\n', 'a.txt': 'a' })
    expect(deb?.name).toBe('dh-my-app')
    expect(shown(deb?.path)).toContain('0644 /opt/trebuchet/My_App/code/a.txt')
    expect(at.remote.said.join('\n')).toContain(
      '.missile.yml:1:1: name: Debian wants package names in lower case; the package of My_App gets them',
    )
  })

  test('the trees of other commits, untracked files and .git are not in a package', async () => {
    const repository = textRepository(at, { '.missile.yml': APP, 'a.txt': 'a' })
    const [first] = await buildRepository(at, repository)
    writeFileSync(`${at.workPath}/working_copy/project/stray.txt`, 'stray')
    const [second] = await buildRepository(at, repository)
    expect(second?.sha256).toBe(first?.sha256)
    expect(shown(second?.path)).toEqual([
      '0644 /opt/trebuchet/app/code/GIT_VERSION',
      '0644 /opt/trebuchet/app/code/a.txt',
    ])
  })

  test('one path in several packages of a product is told, with the packages', async () => {
    await buildRepository(at, goldenRepository(at, 'harbour-conf'))
    expect(at.remote.said).toContain(
      '/opt/harbour/bin/radio-check is in several packages, which cannot be installed together: dh-harbour-conf, dh-harbour-conf-staging, dh-harbour-conf-live',
    )
  })

  test('control says the commit and the url, and no time, machine or folder of the build', async () => {
    const [deb] = await build({ '.missile.yml': APP, 'a.txt': 'a' }, { versions: { app: '1:2.0~rc1-3' } })
    expect(Object.keys(deb?.control ?? {})).toEqual([
      'Package',
      'Version',
      'Maintainer',
      'Section',
      'Priority',
      'Gachette-Url',
      'Gachette-Commit',
      'Gachette-Missile',
      'Description',
      'Installed-Size',
      'Architecture',
    ])
    expect(JSON.stringify(deb?.control)).not.toContain('building')
  })

  describe('static files', () => {
    const tree = {
      'assets/a.css': 'a',
      'assets/.hidden.css': 'h',
      'assets/b.js': 'b',
      'assets/deep/c.css': 'c',
      'assets/deep/d.old': 'd',
      'assets/old/e.css': 'e',
      'assets/it-s [x]\\.css': 'f',
      'other/x': 'x',
    }
    const kept = async (folder: string, compat: 'none' | 'upstream' = 'none') => {
      const debs = await build(
        { '.missile.yml': `${APP}static_files: [{name: st, folders: [${folder}]}]`, ...tree },
        { request: { compat } },
      )
      return shown(debs[1]?.path).map((line) => line.replace('0644 /opt/trebuchet/st/static/assets/', ''))
    }

    test.each([
      [
        '{path: assets}',
        ['.hidden.css', 'a.css', 'b.js', 'deep/c.css', 'deep/d.old', 'it-s [x]\\.css', 'old/e.css'],
      ],
      [
        "{path: assets/, includes: '*.css'}",
        ['.hidden.css', 'a.css', 'deep/c.css', 'it-s [x]\\.css', 'old/e.css'],
      ],
      [
        "{path: ./assets, includes: ['*.css'], excludes: [old, '.*']}",
        ['a.css', 'deep/c.css', 'it-s [x]\\.css'],
      ],
      ["{path: assets, excludes: ['*.css', '*.js']}", ['deep/d.old']],
      ["{path: assets, includes: ['[!a-c]*.css', 'deep']}", ['.hidden.css', 'it-s [x]\\.css', 'old/e.css']],
      ["{path: assets, includes: ['*[[]x]\\.css']}", ['it-s [x]\\.css']],
    ])('%s', async (folder, files) => {
      expect(await kept(folder)).toEqual(files)
    })

    test.each([
      ['{path: assets}', []],
      ["{path: assets, includes: ['*.css']}", ['.hidden.css', 'a.css', 'it-s [x]\\.css']],
      [
        "{path: assets, includes: '*.css'}",
        ['.hidden.css', 'a.css', 'b.js', 'deep/c.css', 'deep/d.old', 'it-s [x]\\.css', 'old/e.css'],
      ],
      [
        "{path: assets, excludes: ['*.css', 'a*']}",
        ['.hidden.css', 'b.js', 'deep/c.css', 'deep/d.old', 'it-s [x]\\.css', 'old/e.css'],
      ],
    ])('compat: upstream %s', async (folder, files) => {
      expect(await kept(folder, 'upstream')).toEqual(files)
    })

    test('a missing folder, and a link that leads out, end the build', async () => {
      await expect(kept('{path: nowhere}')).rejects.toThrow('dh-st: static files: nowhere is no folder')
      await expect(
        build({
          '.missile.yml': `${APP}build_assets: ['ln -s /etc/hostname other/link']\nstatic_files: [{name: st, folders: [{path: other}]}]`,
          ...tree,
        }),
      ).rejects.toThrow('dh-st: static files: other is no folder')
    })
  })
})

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'the old files, where they are asked for', () => {
  let at: Bench
  beforeEach(() => {
    at = bench()
  })
  afterEach(() => at.remove())

  const TEMPLATE = `{% extends base_template %}{% block command_body %}exec {{ app_code }}/run --as {{ name }}{% endblock %}`
  const files = {
    '.missile.yml': `${APP}extra_files: [{name: prog, type: binary, template: t}, {name: bare, type: binary, template: b}]
services:
  - {name: svc, binary_name: prog, env_var: {word: "a b"}, debian_scripts: {postinst: ["echo here", "exit 0"]}}
  - {name: two, binary_name: bare}`,
    t: TEMPLATE,
    b: '{{ name }} {{ package }} {{ upstart_worker }} {{ executable }} {{ dependencies|join(",") }}{% if port is defined %}!{% endif %}',
  }

  test('init: upstart makes a job and a controller of each service', async () => {
    const debs = await buildRepository(at, textRepository(at, files), { request: { init: 'upstart' } }).catch(
      (error: unknown) => error,
    )
    // as a program `package` means nothing: the bare template works only as a service
    expect(debs).toMatchObject({ message: "b:1: 'package' is undefined" })
    await expect(
      buildRepository(at, textRepository(at, { ...files, b: '{{ is_python }}' }), {
        request: { init: 'upstart' },
      }),
    ).rejects.toThrow(/^service two, which upstart gets from the template of its binary: b:1: /)
    const [svc, two] = await buildRepository(
      at,
      textRepository(at, { ...files, b: `{% if package is defined %}${files.b}{% endif %}` }),
      { request: { init: 'upstart' } },
    )
    expect(shown(svc?.path)).toEqual(['0644 /etc/init/dh_svc.conf', '0644 /etc/init/dh_svc_controller.conf'])
    const job = textOf(svc?.path ?? '', '/etc/init/dh_svc.conf')
    expect(job.split('\n')).toEqual(
      expect.arrayContaining([
        'env SERVICE_WORD="a b"',
        'exec /opt/trebuchet/app/code/run --as prog',
        'end script',
      ]),
    )
    const controller = textOf(svc?.path ?? '', '/etc/init/dh_svc_controller.conf')
    expect(controller).toContain('start dh_svc CONFIG="$config"')
    expect(controller).toContain('/etc/trebuchet/disabled/svc')
    expect(textOf(two?.path ?? '', '/etc/init/dh_two.conf')).toBe(
      'bare two dh_two /opt/trebuchet/bin/bare app',
    )
    const postinst = memberOf(svc?.path ?? '', 'postinst')
    expect(postinst).toContain('\necho here\nexit 0\n')
    expect(execFileSync('sh', ['-c', postinst], { encoding: 'utf8' })).toBe('here\n')
  })

  test('compat: upstream keeps the old dependencies, names and GIT_VERSION', async () => {
    const [deb] = await buildRepository(
      at,
      textRepository(at, { '.missile.yml': 'name: My_Conf\ntype: configuration\n' }),
      { request: { compat: 'upstream' } },
    )
    expect(deb).toMatchObject({ name: 'dh-My-Conf', control: { Depends: 'python (>= 2.7.3)' } })
    expect(shown(deb?.path)).toEqual(['0644 /GIT_VERSION', '0644 /etc/trebuchet/My_Conf.conf'])
  })

  test('base_shell.sh loads CONFIG and local settings, goes to the code, sets the locale', async () => {
    const [, app] = await buildRepository(
      at,
      textRepository(at, {
        ...files,
        '.missile.yml': `${APP}extra_files: [{name: prog, type: binary, template: t}]\nservices: [{name: s, binary_name: prog}]`,
        a: 'a',
      }),
    )
    const program = textOf(app?.path ?? '', '/opt/trebuchet/bin/prog')
    const script = program
      .replaceAll('/opt/trebuchet/app/code', at.path('code'))
      .replace(/^exec .*/m, 'echo "$NAME|$LC_ALL|$PWD|$*"')
    mkdirSync(at.path('code'))
    writeFileSync(at.path('one.conf'), 'export NAME=one\nexport LOCALE=C.UTF-8\n')
    expect(
      execFileSync('bash', ['-c', script, 'prog', 'x', 'y'], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH, CONFIG: at.path('one.conf') },
      }),
    ).toBe(`one|C.UTF-8|${at.path('code')}|x y\n`)
  })
})
