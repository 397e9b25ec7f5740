import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEnd } from '../../src/deploy/install.ts'
import { planHost } from '../../src/deploy/plan.ts'
import { parsePrepared, prepareHost } from '../../src/deploy/prepare.ts'
import { GachetteError } from '../../src/shell/index.ts'
import { hostState, installed, pkg, sum } from './host-states.ts'

const plan = planHost(hostState({ installed: [installed('old 1.0')] }), {
  domain: 'main',
  stack: '1.0.0',
  digest: sum('1.0.0'),
  when: '',
  who: '',
  packages: [pkg('shop 1.0')],
})
const refusal = (stdout: string) =>
  prepareHost('main', 'cafe', plan).failed?.({ exitCode: 70, stdout, stderr: '' })

test('what apt installs besides is told, and only that', () => {
  expect(parsePrepared('inst\tshop\t1.0\t\ninst\tlibfoo\t3.1\t3.0\nhealed\nprepared\n', plan)).toEqual({
    others: [{ name: 'libfoo', version: '3.1' }],
    wasHealed: true,
  })
})

test('a removal nobody planned is refused by name', () => {
  expect(() => parsePrepared('inst\tshop\t1.0\t\nremv\tnginx\nprepared\n', plan)).toThrow(
    'apt would remove nginx to get there',
  )
})

test('apt names what is of another architecture than the host by both; it is planned all the same', () => {
  const now = hostState({ foreign: ['i386'], installed: [installed('old 1.0', 'ii ', 'i386')] })
  const wanted = { ...plan.generation, domain: 'main', stack: '1', digest: '', when: '', who: '' }
  const foreign = planHost(now, { ...wanted, packages: [pkg('shop 1.0', 'i386')] })
  expect(parsePrepared('inst\tshop:i386\t1.0\t\nprepared\n', foreign).others).toEqual([])
  expect(() => parsePrepared('remv\told:i386\nprepared\n', foreign)).toThrow('apt would remove old:i386')
})

test('another version of a member than the stack has is refused', () => {
  expect(() => parsePrepared('inst\tshop\t2.0\t\nprepared\n', plan)).toThrow(
    'apt would install shop 2.0, and the stack has 1.0',
  )
})

test('a host that does not say that it is ready is not', () => {
  expect(() => parsePrepared('inst\tshop\t1.0\t\n', plan)).toThrow('the host did not say that it is ready')
})

test.each([
  [`room\t/usr\t100\t5000`, '/usr has 100 KiB free, and 5000 KiB are needed'],
  ['unwritten\t/var/lib/gachette/main\t', '/var/lib/gachette/main cannot be written there'],
  [`unwritten\t/var/lib/gachette/main\t12`, 'its disk is full: 12 KiB are free for /var/lib/gachette/main'],
  [
    `tampered\t${sum('shop 1.0')}.deb\tbad0`,
    'shop 1.0 arrived as other bytes than the stack has (sha256 bad0)',
  ],
  [
    `spoiled\t/var/lib/gachette/main/debs/${sum('shop 1.0')}.deb\tbad0`,
    `/var/lib/gachette/main/debs/${sum('shop 1.0')}.deb (shop 1.0) was changed there: its sha256 is bad0`,
  ],
  [`said\tE: broken\nunsolved\t100`, 'apt finds no way to install it'],
  ['unfetched', 'what its packages depend on could not be downloaded'],
])('a host that refuses says why: %j', (stdout, message) => {
  expect(refusal(`inst\tx\t1\t\n${stdout}\n`)?.message).toBe(message)
})

test('the end of a job is read from what it told', () => {
  expect(parseEnd('begun\nkept\t/etc/shop.conf\nactive\tshop.service\ndone\t4\nstate\tdone\n')).toEqual({
    type: 'done',
    generation: 4,
    kept: ['/etc/shop.conf'],
    active: ['shop.service'],
  })
  expect(
    parseEnd('begun\nfailed\tverify\tshop is 1.0\nstays\tcore\nback\nstate\tback\nlog\tlast line\n'),
  ).toEqual({
    type: 'back',
    why: 'shop is 1.0',
    phase: 'verify',
    stays: ['core'],
    log: ['last line'],
  })
  expect(parseEnd('begun\nfailed\tinstall\tboom\nstuck\tshop is half\nstate\tstuck\n')).toMatchObject({
    type: 'stuck',
    why: 'shop is half',
  })
  expect(parseEnd('held\t2.0.0\tann@desk\t2026-11-20T10:00:00Z\tcafe\n')).toEqual({
    type: 'held',
    by: { stack: '2.0.0', who: 'ann@desk', since: '2026-11-20T10:00:00Z', id: 'cafe' },
  })
  expect(parseEnd('begun\nstate\trunning\n')).toEqual({ type: 'killed' })
  expect(parseEnd('stale\t4\t3\nstate\tstale\n')).toEqual({ type: 'stale' })
  expect(() => parseEnd('gone\n')).toThrow('what was prepared on the host is gone')
  expect(() => parseEnd('')).toThrow('the host did not say what became of the installation')
})

test('whatever a host prints, it is an end or a refusal', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('state\tdone', 'state\tback', 'failed\ta\tb', 'held', 'prepared'),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const read of [parseEnd, (text: string) => parsePrepared(text, plan)])
        try {
          read(lines.join('\n'))
        } catch (error) {
          expect(error).toBeInstanceOf(GachetteError)
        }
    }),
  )
})
