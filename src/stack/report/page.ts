import type { Commit } from '../commits.ts'
import type { Deployed, History, ReportedPackage, StackReport } from './data.ts'
import { type Html, html } from './html.ts'
import { commitPage, repositoryPage } from './links.ts'
import { STYLE } from './style.ts'

/** A stack as one page that needs nothing else: no script, no other file, nothing from the network. */
export function reportPage(report: StackReport): string {
  const { name, domain } = report
  // The policy holds even if something hostile got past the escaping.
  const policy = "default-src 'none'; style-src 'unsafe-inline'"
  return `${
    html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${name} – stack${domain !== 'main' && ` of ${domain}`}</title>
<style>${style}</style>
</head>
<body>
${headOf(report)}
<main>
${changes(report)}
${packages(report)}
${deployments(report)}
</main>
${footOf(report)}
</body>
</html>`.text
  }\n`
}

const style: Html = { text: STYLE } as Html

function headOf(report: StackReport): Html {
  const { name, domain, digest, when, who, packages: all, removed } = report
  const counted = (change: ReportedPackage['change']) => all.filter((each) => each.change === change).length
  const counts: readonly (readonly [string, number])[] =
    report.previous === undefined
      ? [['packages', all.length]]
      : [
          ['packages', all.length],
          ['newer', counted('up')],
          ['older', counted('down')],
          ['added', counted('added')],
          ['removed', removed.length],
        ]
  return html`<header>
<h1>${name}<small>stack${domain !== 'main' && ` of the domain ${domain}`}</small></h1>
<ul class="marks">${marksOf(report)}</ul>
<p class="soft">made ${date(when)} by ${who}</p>
<p class="soft">digest <code>${digest}</code></p>
<dl class="counts">${counts.map(([what, count]) => html`<div><dt>${what}</dt><dd>${count}</dd></div>`)}${deployedCount(report)}</dl>
</header>`
}

const deployedCount = ({ deployed }: StackReport): Html =>
  html`<div><dt>hosts</dt><dd>${deployed.length}</dd></div>`

function marksOf({ frozen, signatures, aliases }: StackReport): readonly Html[] {
  const state = frozen
    ? html`<li class="good">frozen ${date(frozen.when)} by ${frozen.who}</li>`
    : html`<li class="bad">not frozen: it may change</li>`
  const signed =
    signatures &&
    html`<li class="${signatures.signers.length >= signatures.needed ? 'good' : 'bad'}">${
      signatures.signers.length === 0 ? 'no signature' : `signed by ${signatures.signers.join(', ')}`
    }${signatures.signers.length < signatures.needed && ` (${signatures.needed} needed)`}</li>`
  return [state, ...(signed ? [signed] : []), ...aliases.map((alias) => html`<li>${alias}</li>`)]
}

function changes({ previous, histories, removed, packages: all }: StackReport): Html {
  if (previous === undefined) return html``
  const changed = all.filter(({ change }) => change !== undefined && change !== 'same')
  const nothing = changed.length + removed.length === 0
  return html`<section>
<h2>Since ${previous}</h2>
${nothing && html`<p>Nothing has changed.</p>`}
${histories.map(historyOf)}
${
  removed.length > 0 &&
  html`<h3>Removed</h3><ul>${removed.map(({ name, version }) => html`<li class="removed">${name} ${version}</li>`)}</ul>`
}
</section>`
}

function historyOf({ repository, packages: names, from, to, commits, note }: History): Html {
  const page = repositoryPage(repository)
  return html`<h3>${page === undefined ? repository : html`<a href="${page}">${repository}</a>`}</h3>
<p class="soft">${commitLink(repository, from)} → ${commitLink(repository, to)} · ${names.join(', ')}</p>
<ol class="commits">${commits.map((commit) => commitOf(repository, commit))}</ol>
${note !== undefined && html`<p class="soft">${note}</p>`}`
}

const commitOf = (repository: string, { commit, subject, author, when }: Commit): Html =>
  html`<li><span>${commitLink(repository, commit)}</span><span>${subject}</span><span class="soft">${author}, ${date(when)}</span></li>`

function commitLink(repository: string, commit: string): Html {
  const page = commitPage(repository, commit)
  const short = html`<code>${commit.slice(0, 12)}</code>`
  return page === undefined ? short : html`<a href="${page}">${short}</a>`
}

function packages({ packages: all, previous }: StackReport): Html {
  return html`<section>
<h2>Packages</h2>
${
  all.length === 0
    ? html`<p>None.</p>`
    : table(
        ['package', 'version', 'size', 'comes from'],
        all.map((each) => packageRow(each, previous)),
      )
}
</section>`
}

function packageRow(each: ReportedPackage, previous: string | undefined): Html {
  const { name, version, architecture, size, summary, sha256, origin, change = 'same', was } = each
  const earlier = was !== undefined && `was ${was}`
  const before = {
    added: `not in ${previous}`,
    rebuilt: `other bytes than in ${previous}`,
    up: earlier,
    down: earlier,
    same: undefined,
  }
  return html`<tr>
<td><strong>${name}</strong>${summary !== undefined && html`<br><span class="soft">${summary}</span>`}</td>
<td${sha256 !== undefined && html` title="sha256 ${sha256}"`}><span class="${change}">${SIGNS[change]}${version}</span>${
    architecture !== undefined && html` <span class="soft">${architecture}</span>`
  }${before[change] && html`<br><span class="soft">${before[change]}</span>`}</td>
<td class="number">${size === undefined ? '' : bytes(size)}</td>
<td>${origin === undefined ? html`<span class="soft">not known</span>` : originOf(origin)}</td>
</tr>`
}

const SIGNS = { added: '+\u00a0', up: '↑\u00a0', down: '↓\u00a0', rebuilt: '≠\u00a0', same: '' } as const

function originOf({
  repository,
  commit,
  ref,
  dirty,
  builder,
  built,
  machine,
}: NonNullable<ReportedPackage['origin']>): Html {
  return html`${repository}<br>${commitLink(repository, commit)}${ref !== undefined && ` ${ref}`}${dirty && ', with local changes'}<br>
<span class="soft">${[
    built !== undefined && html`built ${date(built)} `,
    machine !== undefined && `on ${machine} `,
    builder !== undefined && `by ${builder}`,
  ]}</span>`
}

function deployments({ deployed, name }: StackReport): Html {
  if (deployed.length === 0)
    return html`<section><h2>Hosts</h2><p>No host has told the store that it has ${name}.</p></section>`
  return html`<section>
<h2>Hosts</h2>
${table(['host', 'since', 'by', 'generation'], deployed.map(deploymentRow))}
</section>`
}

const deploymentRow = ({ host, when, who, generation }: Deployed): Html =>
  html`<tr><td>${host}</td><td>${date(when)}</td><td>${who}</td><td>${generation}</td></tr>`

const table = (heads: readonly string[], rows: readonly Html[]): Html => html`<div class="wide"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`

const footOf = ({ made, name }: StackReport): Html => html`<footer>
<p>As the store was ${date(made.when)}, by ${made.by}. To check it: <code>gachette stack verify ${name}</code></p>
</footer>`

/** ISO time as `2026-11-20 11:13 UTC`; what is none stays as it is. */
const date = (when: string): Html => {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z$/.exec(when) ?? []
  return day === undefined ? html`${when}` : html`<time datetime="${when}">${day} ${time} UTC</time>`
}

function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  const [value, unit] = size < 1024 ** 2 ? [size / 1024, 'KiB'] : [size / 1024 ** 2, 'MiB']
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}
