import { chmod, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { quote, shellLine } from '../shell/index.ts'
import { type Arrival, FileArrival, FolderArrival } from './arrival.ts'
import type { TransferOptions, TransferResult } from './session.ts'
import {
  type Copy,
  carryCopy,
  type FarSide,
  failed,
  plainPath,
  reasonOf,
  targetPath,
  unfinishedName,
} from './transferring.ts'
import { TREE_DIGEST } from './tree.ts'

/** Copies a file or folder of the far side to this machine: whole and verified under its name, or not at all. */
export async function get(
  far: FarSide,
  remote: string,
  local: string,
  options: TransferOptions,
): Promise<TransferResult> {
  const copy: Copy = { ...options, far, from: remote, to: targetPath(remote, local) }
  const unfinished = join(dirname(copy.to), unfinishedName())
  let arrival: Arrival | undefined
  let head = Buffer.alloc(0)
  const onStdout = (bytes: Uint8Array) => {
    // The same memory, not a copy of it.
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (arrival) return arrival.take(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf(10)
    if (end < 0) return
    arrival = announced(head.toString('latin1', 0, end), unfinished, copy)
    return arrival.take(head.subarray(end + 1))
  }
  try {
    await carryCopy(copy, offer(remote), { onStdout })
    if (!arrival) throw new Error('the host sent nothing')
    const { mode, ...result } = await arrival.verified()
    await chmod(unfinished, options.mode ?? mode)
    await putInPlace(unfinished, copy.to)
    return result
  } catch (error) {
    throw error instanceof Error && 'exitCode' in error ? error : failed(copy, reasonOf(error))
  } finally {
    await arrival?.abandon()
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** A line that says what comes, then the bytes: of a file with their sum behind them, of a folder as a tar stream. */
function offer(remote: string) {
  return shellLine(`f=${quote(plainPath(remote))}
if [ -d "$f" ];then cd "$f"&&d=$(${TREE_DIGEST})&&stat -c "folder \${d%% *} %a" .&&tar -cf - .
elif [ -f "$f" ];then stat -Lc 'file %s %a' "$f"&&exec 4>&1&&s=$(cat "$f" >&4&sha256sum <"$f";wait $!)&&echo "$s"
elif [ -e "$f" ];then echo 'it is neither a file nor a folder' >&2;exit 1
else echo 'there is no such file or folder' >&2;exit 1;fi`)
}

function announced(line: string, unfinished: string, copy: Copy): Arrival {
  const [kind, first = '', mode = ''] = line.split(' ')
  if (kind === 'file') return new FileArrival(unfinished, Number(first), Number.parseInt(mode, 8), copy)
  if (kind === 'folder') return new FolderArrival(unfinished, first, Number.parseInt(mode, 8), copy)
  throw new Error('the host did not say what it sends')
}

async function putInPlace(unfinished: string, target: string): Promise<void> {
  const there = await stat(target).catch(() => undefined)
  const folder = (await stat(unfinished)).isDirectory()
  if (there && folder !== there.isDirectory())
    throw new Error(`there is a ${folder ? 'file' : 'folder'} of that name`)
  if (!there || !folder) return rename(unfinished, target)
  const old = `${unfinished}.old`
  await rename(target, old)
  try {
    await rename(unfinished, target)
  } catch (error) {
    await rename(old, target)
    throw error
  }
  await rm(old, { recursive: true, force: true })
}
