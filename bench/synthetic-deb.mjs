// A real .deb of some hundred bytes, made without dpkg-deb: thousands of them take a second.
import { gzipSync } from 'node:zlib'

/** A package with these control fields and these files (path without a slash first → text); equal calls, equal bytes. */
export function tinyDeb(control, files) {
  const fields = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`)
  const folders = new Set(['./'])
  for (const path of Object.keys(files)) {
    const parts = path.split('/').slice(0, -1)
    for (const at of parts.keys()) folders.add(`./${parts.slice(0, at + 1).join('/')}/`)
  }
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...member('debian-binary', Buffer.from('2.0\n')),
    ...member('control.tar.gz', archive([['./'], ['./control', fields.join('')]])),
    ...member('data.tar.gz', archive([...[...folders].map((path) => [path]), ...entries(files)])),
  ])
}

const entries = (files) => Object.entries(files).map(([path, text]) => [`./${path}`, text])

function member(name, bytes) {
  const head = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`
  return [Buffer.from(head), bytes, Buffer.from(bytes.length % 2 === 1 ? '\n' : '')]
}

/** A gzipped ustar archive: `[path]` a folder, `[path, text]` a file. */
function archive(list) {
  const blocks = list.flatMap(([path, text]) => {
    const bytes = Buffer.from(text ?? '')
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512)
    return [header(path, bytes.length, text === undefined), bytes, padding]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), { level: 1 })
}

function header(path, size, isFolder) {
  const block = Buffer.alloc(512)
  const octal = (value, width) => `${value.toString(8).padStart(width - 1, '0')}\0`
  block.write(path, 0)
  block.write(octal(isFolder ? 0o755 : 0o644, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(1_700_000_000, 12), 136)
  block.write('        ', 148)
  block.write(isFolder ? '5' : '0', 156)
  block.write('ustar\u000000', 257)
  block.write('root', 265)
  block.write('root', 297)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
