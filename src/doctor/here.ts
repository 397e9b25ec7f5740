import { sh } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import type { Finding } from './findings.ts'

/** What this machine, which hosts are reached from, has for that; the same findings for any machine to start from. */
export async function startingPoint(here: Remote): Promise<readonly Finding[]> {
  const [ssh, agent] = await Promise.all([
    here.ask(sh`ssh -V 2>&1 || true`),
    here.run(sh`command -v ssh-add >/dev/null || exit 2; ssh-add -l 2>/dev/null`, {
      accept: [0, 1, 2],
      title: 'ssh-add -l',
    }),
  ])
  return [
    { state: 'good', text: `node ${process.versions.node}` },
    /^OpenSSH/.test(ssh)
      ? { state: 'good', text: ssh.split(',', 1)[0] ?? ssh }
      : {
          state: 'odd',
          text: 'has no ssh program: ssh_config is not read',
          mend: 'apt-get install openssh-client',
        },
    agent.exitCode === 0
      ? { state: 'good', text: `the ssh agent holds ${countOf(agent.stdout)}` }
      : {
          state: 'odd',
          text:
            agent.exitCode === 1
              ? 'the ssh agent holds no key'
              : 'there is no ssh agent: keys come from files',
          mend: agent.exitCode === 1 ? 'ssh-add' : 'eval "$(ssh-agent)" && ssh-add',
        },
  ]
}

function countOf(listed: string): string {
  const count = listed.trim().split('\n').length
  return count === 1 ? 'one key' : `${count} keys`
}
