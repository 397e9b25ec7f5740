import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, missile, type Said } from '../support/build-machine.ts'
import { textOf } from '../support/golden.ts'
import { describeWith } from '../support/needs.ts'
import { makeRepository } from '../support/repository.ts'
import { readAsIn2013 } from '../support/store-folder.ts'

/** Each tries to make a file `canary`, to leave its folder, to steer a terminal, or to be taken for something else. */
const WORDS: Readonly<Record<string, string>> = {
  'command substitution': '$(touch canary)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
  'without spaces': '$(touch${IFS}canary)',
  backticks: '`touch canary`',
  'single quote': "x'; touch canary; '",
  'double quote': 'x"; touch canary; "',
  semicolon: 'x; touch canary',
  pipe: 'x|touch canary',
  ampersands: 'x && touch canary &',
  redirection: 'x >canary',
  newline: 'x\ntouch canary',
  'carriage return': 'x\rtouch canary\r',
  'end of a here-document': 'x\nEOF\ntouch canary\n',
  option: '-oProxyCommand=touch canary',
  'long option': '--upload-pack=touch canary',
  'only a dash': '-',
  'two dashes': '--',
  'folder above': '../../../../../../../../tmp/canary',
  'folder above, inside': 'x/../../../canary',
  'only dots': '..',
  'one dot': '.',
  'absolute path': '/proc/self/canary',
  glob: '*',
  tilde: '~root',
  braces: '{canary,x}',
  backslash: 'x\\',
  'backslash newline': 'x\\\ntouch canary',
  tab: 'x\ttouch canary',
  space: ' ',
  'escape sequence': '\u001b[2J\u001b]0;canary\u0007',
  'right to left': '\u202exnaproc\u2066txt',
  'line separators': 'x\u2028touch canary\u2029',
  'half a character': 'x\ud800',
  'long text': 'x'.repeat(100_000),
  'many colons': `https://${':'.repeat(100_000)}`,
  'many slashes': '/x'.repeat(50_000),
  'many dots and dashes': 'x.-'.repeat(30_000),
  'many brackets': '['.repeat(100_000),
  'many at signs': 'x@'.repeat(50_000),
  'long and odd': "$(touch canary);'".repeat(6000),
  'percent encoded': '%2e%2e%2fcanary%00',
  'property of an object': '__proto__',
  'another one': 'constructor',
}
/** The folders above the runs, and in those of runs the files of one in which no machine said a word. */
const JOURNAL =
  /\/home\/\.local(\/state(\/gachette(\/runs(\/\d{8}T\d{9}Z-[0-9a-f]{8}(\/(request\.json|events\.jsonl|owner\.1))?)?)?)?)?$/
/** Names like any other, also where one begins with a letter. */
const NAME = ['another one']
const PLAIN = [...NAME, 'property of an object']
const NUL = 'x\0touch canary'

describeWith(['git', 'dpkg-deb', 'flock', 'sshd', 'root'], 'hostile words', () => {
  let machine: BuildMachine
  beforeAll(async () => {
    machine = await buildMachine()
    machine.repository('shop').commit({ '.missile.yml': missile('shop'), 'a.txt': 'a\n' })
    machine.configure('roles.web: [local]', 'runs_kept: 100000')
    expect(await machine.gachette('stack_create:1.0', 'quick:1.0,shop')).toMatchObject({ exitCode: 0 })
  })
  afterAll(() => machine.stop())

  const everything = () =>
    [machine.meta, machine.work, machine.project, machine.server.home, join(machine.dir, 'home')]
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
      )
      .filter((path) => !/\.lock$|\/\.cache\//.test(path))
      .sort()
  /** Without the journal, as far as it is what it has to be: a run that was refused by its task was a run. */
  const touched = () => everything().filter((path) => !JOURNAL.test(path))
  const events = () => everything().filter((path) => path.endsWith('/events.jsonl'))

  /** Whatever came of it: nothing was executed, and what is said is said plainly. */
  function expectPlain({ stdout, stderr }: Said) {
    const said = stdout + stderr
    expect(said).not.toMatch(/fault of gachette|^\s+at .+:\d+/m)
    expect(said.length).toBeLessThan(4000)
    expect(said).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
    )
    expect(everything().filter((path) => basename(path) === 'canary')).toEqual([])
  }

  /** As what a word is given, how that is typed, and the words that are a possible value there. */
  const PLACES: readonly [
    as: string,
    line: (word: string) => readonly string[],
    possible?: readonly string[],
  ][] = [
    [
      'ref',
      (ref) => ['prepare', 'shop', `--ref=${ref}`],
      ['without spaces', 'right to left', 'percent encoded', 'braces', ...PLAIN],
    ],
    ['url', (url) => ['prepare', 'other', `--url=${url}`], ['absolute path']],
    ['project', (name) => ['prepare', `--name=${name}`, '--url=/nowhere'], PLAIN],
    ['project of quick', (name) => ['quick', '1.0', `--project=${name}`, '--url=/nowhere'], PLAIN],
    ['stack', (stack) => ['stack_create', `--name=${stack}`], NAME],
    ['stack to clone', (stack) => ['stack_create', '2.0', `--from-stack=${stack}`], NAME],
    ['stack of quick', (stack) => ['quick', `--stack=${stack}`, '--project=shop'], NAME],
    ['stack to show', (stack) => ['stack_show', stack], NAME],
    ['domain', (domain) => ['stack_create', '2.0', `--domain=${domain}`], NAME],
    [
      'package',
      (name) => ['add_to_stack', `--name=${name}`, '--version=1', '--file-name=x.deb', '--stack=1.0'],
      NAME,
    ],
    [
      'version',
      (version) => ['add_to_stack', '--name=x', `--version=${version}`, '--file-name=x.deb', '--stack=1.0'],
      NAME,
    ],
    ['file name', (file) => ['add_to_stack', 'x', '1', `--file-name=${file}`, '--stack=1.0'], NAME],
    ['host', (host) => ['-H', host, '--', 'true'], ['space', 'glob', ...PLAIN]],
    ['excluded host', (host) => ['-x', host, '--', 'true'], ['space', ...PLAIN]],
    ['user', (user) => ['-u', user, 'stack_list'], ['only dots', 'one dot', ...PLAIN]],
    ['role', (role) => ['-R', role, '--', 'true'], ['space']],
    ['gateway', (host) => ['-g', host, '--', 'true'], PLAIN],
    ['task', (name) => [name]],
    ['task with arguments', (name) => [`${name}:x`]],
    ['parameter', (name) => ['quick', '1.0', 'shop', `--${name}`, 'x']],
    ['parameter, in the old way', (name) => [`quick:1.0,shop,,,,,,,,,${name}=x`]],
    ['setting', (name) => ['--set', `${name}=x`, 'version']],
    ['builder', (name) => ['build', 'shop', `--builder=${name}`]],
    ['meta_path', (path) => ['--set', `meta_path=${path}`, 'stack_list'], ['absolute path']],
    ['debs_path', (path) => ['--set', `debs_path=${path}`, 'stack_list'], ['absolute path']],
    ['work_path', (path) => ['--set', `work_path=${path}`, 'stack_list'], ['absolute path']],
    ['maintainer', (text) => ['--set', `maintainer=${text}`, 'stack_list']],
    ['webcallback', (url) => ['quick', '1.0', 'shop', `--webcallback=${url}`]],
    ['settings file', (path) => ['-c', path, 'stack_list']],
    ['key file', (path) => ['-i', path, '-H', machine.host, '--', 'true'], Object.keys(WORDS)],
    [
      'path to a missile',
      (path) => ['quick', '1.0', 'shop', `--path-to-missile=${path}`],
      [
        ...[
          'command substitution',
          'without spaces',
          'backticks',
          'single quote',
          'double quote',
          'semicolon',
          'pipe',
        ],
        ...[
          'ampersands',
          'redirection',
          'one dot',
          'glob',
          'tilde',
          'braces',
          'backslash',
          'space',
          'percent encoded',
        ],
        ...PLAIN,
      ],
    ],
  ]

  test.each(PLACES)(
    'as %s: refused with exit code 2 and nothing touched, or taken as it is',
    async (_, line, possible = []) => {
      const wrong: string[] = []
      for (const [what, word] of Object.entries(WORDS)) {
        const before = touched()
        const recorded = events()
        const since = performance.now()
        const said = await machine.gachette('-H', 'local', ...line(word))
        try {
          expectPlain(said)
          expect(performance.now() - since).toBeLessThan(5000)
          if (possible.includes(what)) expect([0, 1, 2, 3]).toContain(said.exitCode)
          else {
            expect({ ...said, places: touched() }).toMatchObject({ exitCode: 2, stdout: '', places: before })
            const told = events().filter((path) => !recorded.includes(path))
            for (const path of told)
              expect(readFileSync(path, 'utf8')).not.toMatch(/"type":"(command|transfer|job)-started"/)
          }
        } catch (error) {
          wrong.push(`${what}: ${String(error)}\n${said.stderr.slice(0, 500)}`)
        }
      }
      expect(wrong).toEqual([])
    },
  )

  test('whatever is typed there, it is answered plainly', async () => {
    const piece = fc.oneof(
      fc.constantFrom(...Object.values(WORDS).filter((word) => word.length < 100)),
      fc.string({ unit: 'binary' }),
    )
    const word = fc
      .array(piece, { minLength: 1, maxLength: 3 })
      .map((pieces) => pieces.join('').replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PLACES), word, async ([, line], typed) => {
        const said = await machine.gachette('-H', 'local', ...line(typed))
        expectPlain(said)
        expect([0, 1, 2, 3]).toContain(said.exitCode)
      }),
      { numRuns: 100 },
    )
  })

  const SETTINGS = [
    'user',
    'gateway',
    'hosts',
    'meta_path',
    'debs_path',
    'work_path',
    'maintainer',
    'domain',
    'builder',
  ]
  test.each([
    ...SETTINGS,
    'pip_options',
    'trebuchet_bin',
    'projects.shop.path_to_missile',
    'projects.shop.base_version',
  ])('in a settings file, as %s: refused with its line, or taken as it is', async (setting) => {
    const wrong: string[] = []
    for (const [what, word] of [...Object.entries(WORDS), ['NUL', NUL]] as const) {
      const before = everything()
      const file = machine.write(
        'hostile.yml',
        `builder: auto\n# a line\n${setting}: ${JSON.stringify(word)}\n`,
      )
      const store = ['--set', `meta_path=${machine.meta}`, '--set', `work_path=${machine.work}`]
      const own = setting.endsWith('_path') || setting === 'builder' ? [] : store
      const said = await machine.gachette('-c', file, '-H', 'local', ...own, 'stack_list')
      try {
        expectPlain(said)
        expect([0, 2]).toContain(said.exitCode)
        if (what === 'NUL') expect(said.exitCode).toBe(2)
        if (said.exitCode === 2) expect(said.stderr).toMatch(/hostile\.yml:(1|3):\d+: /)
        expect(everything().filter((path) => !path.endsWith('hostile.yml'))).toEqual(
          before.filter((path) => !path.endsWith('hostile.yml')),
        )
      } catch (error) {
        wrong.push(`${what}: ${String(error)}\n${said.stderr.slice(0, 500)}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('odd names that git, dpkg and file systems allow are carried literally, from the ref to the package', async () => {
    const odd = `it's "odd" $(touch canary) \`touch canary\`; touch canary & x`
    const ref = `a'b$(touch\${IFS}canary)\`touch\${IFS}canary\`;touch\${IFS}canary&"x"`
    const url = join(machine.dir, `it's odd $(touch canary); touch canary`)
    const missilePath = `${odd}/${odd}.yml`
    const repository = makeRepository(url)
    repository.commit({
      [missilePath]: missile('odd'),
      [`${odd}/${odd}.txt`]: 'odd\n',
      [`${odd}/-n`]: 'option\n',
    })
    repository.git('checkout', '-q', '-b', ref)
    const place = join(machine.dir, "it's $(touch canary) `touch canary`; x")
    const settings = {
      hosts: [machine.host],
      key_filename: machine.server.keyFile,
      known_hosts: machine.server.knownHosts,
      use_ssh_config: false,
      meta_path: `${place}/meta`,
      debs_path: `${place}/debs`,
      work_path: `${place}/work`,
      maintainer: "$(touch canary) O'Dd; touch canary <odd@example.invalid>",
      trebuchet_bin: ['no-such-$(touch canary)', '; touch canary', '`touch canary`'],
      projects: { odd: { url, path_to_missile: missilePath } },
    }
    const file = machine.write('odd.json.yml', JSON.stringify(settings))
    const run = (...line: string[]) => machine.gachette('-c', file, ...line)
    expect(await run('stack_create:1.0')).toMatchObject({ exitCode: 0 })
    const said = await run('quick', '1.0', 'odd', '--ref', ref)
    expect(said).toMatchObject({ exitCode: 0 })
    expectPlain(said)
    const version = readAsIn2013(`${place}/meta`, '1.0')['dh-odd'] ?? ''
    const deb = join(place, 'debs', `dh-odd-${version}-all.deb`)
    expect(textOf(deb, `/opt/trebuchet/odd/code/${odd}.txt`)).toBe('odd\n')
    const maintainer = execFileSync('dpkg-deb', ['-f', deb, 'Maintainer'], { encoding: 'utf8' })
    expect(maintainer).toBe(`${settings.maintainer}\n`)
    const canaries = execFileSync('find', [machine.dir, machine.server.dir, '-name', 'canary'], {
      encoding: 'utf8',
    })
    expect(canaries).toBe('')
  })
})
