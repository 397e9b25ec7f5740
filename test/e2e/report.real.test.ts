import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, missile } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'

describeWith(['root', 'git', 'dpkg-deb', 'flock', '/usr/sbin/sshd'], 'report of a stack', () => {
  let machine: BuildMachine
  let last = ''
  beforeAll(async () => {
    machine = await buildMachine()
    const shop = machine.repository('shop')
    shop.commit({ '.missile.yml': missile('shop'), 'log.txt': 'one' })
    await machine.gachette('stack_create:1.0.0')
    expect(await machine.gachette('quick:1.0.0,shop')).toMatchObject({ exitCode: 0 })
    await machine.gachette('stack_create:1.1.0,from_stack=1.0.0')
    shop.commit({ 'log.txt': 'two' }, 'Basket: <b>round</b> to the cent')
    last = shop.commit({ 'log.txt': 'three' }, 'Basket: a second cent')
    expect(await machine.gachette('quick:1.1.0,shop')).toMatchObject({ exitCode: 0 })
  })
  afterAll(() => machine.stop())
  const page = (name: string) => readFileSync(join(machine.project, name), 'utf8')

  test('is a page with the packages, the commits since the stack before, and where they come from', async () => {
    const said = await machine.run(['report', '1.1.0'])
    expect(said).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/1\.1\.0\.html tells of stack 1\.1\.0\n/),
    })
    const html = page('1.1.0.html')
    expect(html).toMatch(/<title>1\.1\.0 – stack<\/title>/)
    expect(html).toContain('<h2>Since 1.0.0</h2>')
    expect(html).toContain('Basket: &lt;b&gt;round&lt;/b&gt; to the cent')
    expect(html).toContain('Basket: a second cent')
    expect(html).toContain('not frozen: it may change')
    expect(html).toContain(`<code>${last.slice(0, 12)}</code>`)
    expect(html).toMatch(/<strong>dh-shop<\/strong><br><span class="soft">\S/)
    expect(html).toMatch(/by missile/)
    expect(html).toContain('No host has told the store')
    expect(existsSync(join(machine.project, '1.1.0.html.new'))).toBe(false)
  })

  test('goes to the file that is named, compares with the stack that is named, and is data as well', async () => {
    const said = await machine.gachette('--json', 'report', '1.1.0', '--to', 'sub.html', '--against', '1.1.0')
    expect(said.exitCode).toBe(0)
    expect(page('sub.html')).toContain('Nothing has changed.')
    const ended = said.stdout.split('\n').find((line) => line.includes('"type":"step-ended"')) ?? '{}'
    expect(JSON.parse(ended).result).toMatchObject({
      name: '1.1.0',
      previous: '1.1.0',
      packages: [{ name: 'dh-shop', change: 'same', origin: { commit: last, builder: 'missile' } }],
    })
  })

  test('of the first stack compares with none; of one that is not there, nothing is written', async () => {
    expect(await machine.gachette('report', '1.0.0', '--to', '1.0.0.html')).toMatchObject({ exitCode: 0 })
    expect(page('1.0.0.html')).not.toContain('Since')
    expect(await machine.gachette('report', '9.9.9', '--to', '9.9.9.html')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('9.9.9'),
    })
    expect(existsSync(join(machine.project, '9.9.9.html'))).toBe(false)
  })

  test('a dry run writes nothing, and finds no fault', async () => {
    expect(await machine.gachette('--dry-run', 'report', '1.0.0', '--to', 'dry.html')).toMatchObject({
      exitCode: 0,
    })
    expect(existsSync(join(machine.project, 'dry.html'))).toBe(false)
  })
})
