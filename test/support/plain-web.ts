import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'
import { onTestFinished } from 'vitest'

/** A plain static web server, as the machines of 2013 had one: links are followed, folders are not listed. Ends with the test. */
export async function serve(folder: string): Promise<(path: string) => Promise<Buffer | undefined>> {
  const server = createServer((request, response) => {
    const path = join(folder, normalize(decodeURIComponent(request.url ?? '/')))
    if (!existsSync(path) || !statSync(path).isFile()) return void response.writeHead(404).end()
    createReadStream(path).pipe(response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined
  }
}
