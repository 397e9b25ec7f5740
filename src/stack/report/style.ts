/** The look of the page: light or dark as the reader has it, and fit for paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2327; --soft: #5b666e; --line: #d9dfe3; --paper: #fff; --card: #f5f7f8;
  --up: #1a7f4b; --down: #a15c00; --add: #1c62b9; --gone: #b3261e; --mark: #e7f3ec }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaed; --soft: #9aa6ae; --line: #333c42; --paper: #14191c;
  --card: #1c2327; --up: #5fd39a; --down: #f0b25c; --add: #7db4f5; --gone: #ff8d85; --mark: #1e3329 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 2rem }
h1 { font-size: 2.1rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere }
h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); margin-left: .5rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; overflow-wrap: anywhere }
p { margin: .25rem 0 } .soft { color: var(--soft) }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere }
a { color: var(--add) }
.marks { display: flex; flex-wrap: wrap; gap: .4rem; margin: .75rem 0; padding: 0; list-style: none }
.marks li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .7rem; font-size: .9rem }
.marks .good { background: var(--mark); border-color: var(--up) }
.marks .bad { border-color: var(--gone); color: var(--gone) }
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; padding: 0 }
.counts div { background: var(--card); border-radius: .5rem; padding: .6rem .9rem }
.counts dt { color: var(--soft); font-size: .85rem } .counts dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
td { overflow-wrap: anywhere }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--soft); font-size: .85rem; white-space: nowrap }
td.number { text-align: right; white-space: nowrap }
.up { color: var(--up) } .down { color: var(--down) } .added { color: var(--add) } .removed { color: var(--gone) } .rebuilt { color: var(--down) }
ol.commits { list-style: none; margin: .25rem 0 0; padding: 0 }
ol.commits li { display: grid; grid-template-columns: 7rem 1fr auto; gap: .75rem; padding: .2rem 0; border-bottom: 1px solid var(--line) }
footer { margin-top: 3rem; padding-bottom: 3rem; color: var(--soft); border-top: 1px solid var(--line) }
@media (max-width: 40rem) { ol.commits li { grid-template-columns: 1fr } }
@media print { body { font-size: 11px } a { color: inherit } }
`
