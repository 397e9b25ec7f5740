import { Header } from 'tar'

/** A file of an archive made in memory. */
export interface ArchiveFile {
  /** 99 bytes of ASCII at most; folders are made as needed. */
  readonly path: string
  readonly text: string
  readonly mode: number
}

const BLOCK = 512

/** A tar of small files with names of ours, as it goes to the build machine's stdin. */
export function archive(files: readonly ArchiveFile[]): Uint8Array {
  const pieces = files.flatMap(({ path, text, mode }) => {
    const content = Buffer.from(text)
    const header = Buffer.alloc(BLOCK)
    new Header({ path, mode, uid: 0, gid: 0, size: content.length, mtime: new Date(0), type: 'File' }).encode(
      header,
    )
    return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
  })
  return Buffer.concat([...pieces, Buffer.alloc(2 * BLOCK)])
}
