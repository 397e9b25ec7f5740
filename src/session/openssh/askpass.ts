import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { quote, type Secret } from '../../shell/index.ts'

/** Somebody who can answer ssh's questions, for one ssh. */
export interface Askpass {
  /** For ssh's environment. */
  readonly env: Readonly<Record<string, string>>
  close(): void
}

/**
 * The program ssh runs to put a question: it hands the question to us on a private socket and prints what we answer.
 * Neither question nor answer is ever an argument or a variable anybody can read; the question is ssh's own argument.
 */
const program = (socketPath: string): string =>
  `#!/bin/sh
exec ${quote(process.execPath)} -e '
let answer = ""
require("net").connect({ path: process.argv[1], allowHalfOpen: true })
  .on("data", (chunk) => { answer += chunk })
  .on("end", () => { if (answer[0] !== "+") process.exit(1); process.stdout.write(answer.slice(1) + "\\n") })
  .on("error", () => process.exit(1))
  .end(process.env.SSH_ASKPASS_PROMPT + " " + process.argv[2])
' ${quote(socketPath)} "$1"
`

/**
 * @param path unused, in a private folder
 * @param answer undefined: nobody answers, and ssh goes on without
 * @param notice told of what ssh only has to say, such as that a security key wants to be touched
 */
export async function askpass(
  path: string,
  answer: (question: string) => Promise<Secret | undefined>,
  notice: (words: string) => void,
): Promise<Askpass> {
  const sockets = new Set<Socket>()
  const socketPath = `${path}.q`
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => sockets.delete(socket))
    socket.once('end', () => {
      const [, kind, words = ''] = /^(\S*) (.*)$/s.exec(text) ?? []
      // ssh ends its notices itself: they have no answer.
      if (kind === 'none') return notice(words)
      answer(words).then(
        (said) => socket.end(said === undefined ? '-' : `+${said.reveal()}`),
        () => socket.end('-'),
      )
    })
  })
  server.unref()
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(socketPath, listening)
  })
  await writeFile(path, program(socketPath), { mode: 0o700 })
  return {
    env: { SSH_ASKPASS: path, SSH_ASKPASS_REQUIRE: 'force' },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
