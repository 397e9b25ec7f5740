import fc from 'fast-check'
import { expect, test } from 'vitest'
import { machineFacts } from '../../src/doctor/facts.ts'
import { findingsOf, type Purpose, programsFor } from '../../src/doctor/findings.ts'
import { GachetteError } from '../../src/shell/index.ts'

const builds = { builds: true, trebuchet: undefined }
const { parse } = machineFacts({ programs: [], folders: [] })
const now = { nowSeconds: 1000, askedSeconds: 0.1 }
const healthy = [
  'system\tDebian GNU/Linux 12 (bookworm)',
  'uid\t0',
  ...programsFor(builds).map((program) => `program\t${program}`),
  'venv\tyes',
  'proc\tyes',
  'folder\t/var/gachette\twritable\t20971520\t100000',
  'sessions\t10',
  'kills\tno',
  'clock\t1001',
]
const found = (lines: readonly string[], purpose: Purpose = builds) =>
  findingsOf(parse(`${lines.join('\n')}\n`), purpose, now).filter(({ state }) => state !== 'good')
const without = (...starts: string[]) =>
  healthy.filter((line) => !starts.some((start) => line.startsWith(start)))

test('a healthy build machine lacks nothing', () => {
  expect(found(healthy)).toEqual([])
})

test('what is missing comes with the line that mends it', () => {
  expect(found(without('program\tgit', 'program\tflock'))).toEqual([
    { state: 'missing', text: 'lacks flock, git', mend: 'apt-get install util-linux git' },
  ])
  expect(found([...without('uid', 'program\tgit'), 'uid\t1000'])).toEqual([
    { state: 'missing', text: 'lacks git', mend: 'sudo apt-get install git' },
  ])
  expect(found(without('venv'))).toMatchObject([{ state: 'odd', mend: 'apt-get install python3-venv' }])
  expect(found(healthy, { builds: true, trebuchet: '/opt/trebuchet' })).toMatchObject([
    { state: 'missing', text: 'lacks /opt/trebuchet, and the settings want it as the builder' },
  ])
})

test('a full disk, a wrong clock, few sessions and a logind that kills are odd', () => {
  const odd = [
    ...without('folder', 'clock', 'sessions', 'kills'),
    'folder\t/var/gachette\tcan be made\t1024\t100000',
    'folder\t/srv/meta\tnot writable\t20971520\t100000',
    'sessions\t1',
    'kills\tyes',
    'clock\t940',
  ]
  expect(found(odd)).toMatchObject([
    { state: 'odd', text: '/var/gachette can be made: 0.0 GiB free' },
    { state: 'missing', text: '/srv/meta cannot be written', mend: 'install -d -o "$(id -un)" /srv/meta' },
    { state: 'odd', text: 'its clock is 60 s behind ours' },
    { state: 'odd', text: 'its sshd allows 1 commands at once on a connection: more wait their turn' },
    { state: 'odd', mend: 'loginctl enable-linger "$(id -un)"' },
  ])
})

test('a disk that takes no file more is full; one that counts no files is not', () => {
  const folder = (inodes: string) => [
    ...without('folder'),
    `folder\t/var/gachette\twritable\t20971520\t${inodes}`,
  ]
  expect(found(folder('0'))).toEqual([
    { state: 'odd', text: '/var/gachette is there: 20.0 GiB free, and only 0 files more' },
  ])
  expect(found(folder(''))).toEqual([])
})

test('the name of its system holds no orders for a terminal', () => {
  expect(parse('system\tDebian\x1b[2J\u202e 12\nclock\t1\n').system).toBe('Debian [2J  12')
})

test('the line that mends a folder names it as one word', () => {
  const folder = 'folder\t/srv/my stacks\tnot writable\t20971520\t100000'
  expect(found([...without('folder'), folder])).toEqual([
    {
      state: 'missing',
      text: '/srv/my stacks cannot be written',
      mend: 'install -d -o "$(id -un)" \'/srv/my stacks\'',
    },
  ])
})

test('whatever a machine says is facts or a clear error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc
          .array(fc.constantFrom(...healthy, 'folder', 'clock\t', 'uid\tx\t\t'))
          .map((lines) => lines.join('\n')),
      ),
      (said) => {
        try {
          findingsOf(parse(said), builds, now)
        } catch (error) {
          expect(error).toBeInstanceOf(GachetteError)
        }
      },
    ),
  )
})

test('a host that only gets stacks is asked for what that takes, and nothing of builds', () => {
  const takes = { builds: false, takes: true, trebuchet: undefined }
  expect(programsFor(takes)).not.toContain('git')
  expect(found(without('program\tgit', 'program\txz', 'program\tapt-get', 'venv'), takes)).toEqual([
    { state: 'missing', text: 'lacks apt-get, dpkg', mend: 'apt-get install apt dpkg' },
  ])
})

test('who has no sudo is not told to install it with sudo', () => {
  expect(found([...without('uid', 'program\tsudo'), 'uid\t1000'])).toMatchObject([
    { text: 'has no sudo: tasks that use sudo need it', mend: 'apt-get install sudo' },
  ])
})
