import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loopbackAddress } from './sshd.ts'

/** A web server that knows nothing but files: Python's own. It follows links, and answers If-Modified-Since. */
export async function staticWeb(
  folder: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const argv = ['-u', '-m', 'http.server', '--bind', loopbackAddress(), '--directory', folder, '0']
  const child = spawn('python3', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  child.stdout.setEncoding('utf8')
  let said = ''
  while (!said.includes('\n')) said += String((await once(child.stdout, 'data'))[0])
  return {
    url: /\((http:\S+?)\/\)/.exec(said)?.[1] ?? '',
    async stop() {
      const ended = once(child, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}
