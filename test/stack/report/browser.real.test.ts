import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { reportPage } from '../../../src/stack/report/page.ts'
import { describeWith } from '../../support/needs.ts'
import { reported } from './reported.ts'

/** What a page is once a real browser has read it. */
function read(page: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-page-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
  writeFileSync(join(dir, 'page.html'), page)
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
  ]
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    ...quiet,
    `--user-data-dir=${dir}/user`,
  ]
  return execFileSync('chromium', [...flags, '--dump-dom', `file://${dir}/page.html`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
  })
}

describeWith(['chromium'], 'a report in a browser', () => {
  test('is read as it was meant, whatever the texts of packages and commits try', () => {
    const attack =
      '</td><img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    const report = reported()
    const packages = report.packages.map((each) => ({ ...each, summary: attack }))
    const commits = [{ commit: '"><script>', subject: attack, author: attack, when: attack }]
    const histories = [{ repository: attack, packages: [attack], from: attack, to: attack, commits }]
    const seen = read(reportPage({ ...report, who: attack, packages, histories }))
    expect(seen).toContain('<title>1.4.0 – stack</title>')
    expect(seen).not.toContain('<img')
    expect(seen).not.toContain('<script')
    expect(seen.match(/<tr>/g)).toHaveLength(2 + packages.length + report.deployed.length)
    expect(seen).toContain('&lt;script&gt;')
  })

  test('runs nothing even where a script got in: its policy forbids it', () => {
    const page = reportPage(reported()).replace('</main>', '<script>document.title="owned"</script></main>')
    expect(read(page)).toContain('<title>1.4.0 – stack</title>')
    expect(read(page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''))).toContain(
      '<title>owned</title>',
    )
  })
})
