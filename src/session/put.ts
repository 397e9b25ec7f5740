import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { quote, shellLine } from '../shell/index.ts'
import type { TransferOptions, TransferResult } from './session.ts'
import {
  type Copy,
  carryCopy,
  type FarSide,
  failed,
  plainPath,
  READ_BYTES,
  reasonOf,
  targetPath,
  unfinishedName,
} from './transferring.ts'
import { packTree, readTree, TREE_DIGEST } from './tree.ts'

/** Copies a local file or folder to the far side: whole and verified under its name, or not at all. */
export async function put(
  far: FarSide,
  local: string,
  remote: string,
  options: TransferOptions,
): Promise<TransferResult> {
  const copy: Copy = { ...options, far, from: local, to: targetPath(local, remote) }
  const found = await stat(local).catch((error: NodeJS.ErrnoException) => {
    throw failed(copy, error.code === 'ENOENT' ? 'there is no such file or folder' : reasonOf(error))
  })
  if (found.isDirectory()) return putFolder(copy)
  if (found.isFile()) return putFile(copy, found.size, options.mode ?? found.mode & 0o7777)
  throw failed(copy, 'it is neither a file nor a folder')
}

async function putFile(copy: Copy, size: number, mode: number): Promise<TransferResult> {
  const hash = createHash('sha256')
  let sha256 = ''
  async function* bytes() {
    let done = 0
    if (size > 0) {
      for await (const chunk of createReadStream(copy.from, { end: size - 1, highWaterMark: READ_BYTES })) {
        hash.update(chunk)
        done += chunk.length
        yield chunk
        copy.onProgress?.(done, size)
      }
    }
    // Files of the kernel's say that they are empty, whatever they hold.
    if (size === 0 && (await holdsMore(copy.from))) throw failed(copy, 'it became longer while it was read')
    if (done !== size) throw failed(copy, 'it became shorter while it was read')
    sha256 = hash.digest('hex')
    yield `${sha256}\n`
  }
  const target = quote(plainPath(copy.to))
  await carryCopy(
    copy,
    shellLine(`[ "$(sha256sum <"$t")" = "$sum  -" ]||{ ${DIFFERS};}
chmod ${mode.toString(8)} "$t"&&mv -fT "$t" ${target}`),
    {
      // dd: of all that reads exactly so many bytes from a pipe it costs the host least.
      intake: `${begin(copy)}
if [ -d ${target} ];then echo "there is a folder of that name" >&2;exit 1;fi
:>"$t"&&dd bs=256k iflag=fullblock,count_bytes count=${size} of="$t" status=none&&IFS= read -r sum`,
      input: { unframed: bytes() },
    },
  )
  return { bytes: size, sha256 }
}

async function holdsMore(path: string): Promise<boolean> {
  for await (const _ of createReadStream(path, { end: 0 })) return true
  return false
}

async function putFolder(copy: Copy): Promise<TransferResult> {
  const tree = await readTree(copy.from).catch((error: unknown) => {
    throw failed(copy, reasonOf(error))
  })
  const target = quote(plainPath(copy.to))
  const mode = copy.mode === undefined ? '' : `chmod ${copy.mode.toString(8)} "$t"||exit\n`
  await carryCopy(
    copy,
    // Two renames, for no tool of Debian 12 exchanges folders in one; a kill between them leaves the old one as $t.old.
    shellLine(`[ "$(cd "$t"&&${TREE_DIGEST})" = "$sum  -" ]||{ ${DIFFERS};}
${mode}if [ -d ${target} ]&&[ ! -L ${target} ];then
  trap '' HUP INT TERM
  mv -T ${target} "$t.old"&&{ mv -T "$t" ${target}||{ mv -T "$t.old" ${target};exit 1;};}&&rm -rf "$t.old"
elif [ -e ${target} ]||[ -L ${target} ];then echo "there is a file of that name" >&2;exit 1
else mv -T "$t" ${target};fi`),
    {
      intake: `${begin(copy)}
mkdir "$t"&&while read -r n&&[ "$n" -gt 0 ];do head -c "$n";done|tar -C "$t" --warning=no-unknown-keyword --no-same-owner -pxf -&&IFS= read -r sum`,
      input: { unframed: packTree(tree, copy) },
    },
  )
  return { bytes: tree.bytes }
}

const DIFFERS = 'echo "what arrived differs from what was sent (sha256)" >&2;exit 1'

/** Names the unfinished copy `$t` and sees to its end, however the command ends. */
function begin(copy: Copy): string {
  const folder = posix.dirname(plainPath(copy.to))
  const unfinished = quote(`${folder}/${unfinishedName()}`)
  const missing = quote(`there is no folder ${posix.dirname(copy.to)}`)
  return `umask 077;t=${unfinished};trap 'chmod -R u+w "$t" 2>/dev/null;rm -rf "$t"' EXIT;trap 'exit 1' HUP INT TERM
[ -d ${quote(folder)} ]||{ printf '%s\\n' ${missing} >&2;exit 1;}`
}
