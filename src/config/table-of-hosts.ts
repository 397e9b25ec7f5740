import { USER_NAME } from '../inventory/index.ts'
import { choice, flag, number, text } from './kinds.ts'
import { hosts, jumpHosts, listOf } from './kinds-of-lists.ts'
import { localPath } from './kinds-of-paths.ts'
import { secret } from './kinds-of-secrets.ts'
import { hostShare } from './kinds-of-shares.ts'
import { setting } from './setting.ts'

const seconds = (min: number, max: number) => number({ min, max, unit: 'seconds' })
const localPaths = listOf(localPath, 'a path on this machine, or a list of them')
const DAY = 86_400

/** How hosts are named and reached. */
export const CONNECTING = {
  user: setting({
    kind: text('a user name', USER_NAME),
    about: 'User to log in as, where the host string names none',
    otherwise: 'what ssh_config says',
    example: 'hero',
  }),
  hosts: setting({
    kind: hosts,
    about: 'Hosts of a run that names none: host strings, roles, or local for this machine',
    default: [],
    example: '[hero@192.168.1.5, web1, "@web"]',
  }),
  port: setting({
    kind: number({ min: 1, max: 65_535 }),
    about: 'SSH port, where the host string names none',
    otherwise: 'what ssh_config says',
    example: '22',
  }),
  key_filename: setting({
    kind: localPaths,
    about: 'Private key file or files, tried after the keys of the agent',
    default: [],
    otherwise: 'what ssh_config says',
    example: '[~/.ssh/id_ed25519]',
  }),
  password: setting({
    kind: secret,
    about: 'Password to log in with, tried last; better given as GACHETTE_PASSWORD than written here',
    example: '"correct horse"',
  }),
  ssh_client: setting({
    kind: choice('built-in', 'openssh'),
    about:
      "Who speaks SSH: gachette itself, or the system's ssh program (certificates, security keys, GSSAPI, post-quantum)",
    default: 'built-in',
    example: 'openssh',
  }),
  use_ssh_config: setting({
    kind: flag,
    about: 'Whether ssh_config is read (Host, Match, ProxyJump, IdentityFile, …)',
    default: true,
    example: 'true',
  }),
  ssh_config_path: setting({
    kind: localPath,
    about: 'The ssh_config to read',
    otherwise: '~/.ssh/config and /etc/ssh/ssh_config',
    example: '~/.ssh/config',
  }),
  gateway: setting({
    kind: jumpHosts,
    about: 'Jump host in front of every host',
    otherwise: 'what ssh_config says',
    example: 'hero@gate.example.org',
  }),
  forward_agent: setting({
    kind: flag,
    about:
      'Whether remote commands may use the keys of your agent; root of every host can use them too, then',
    default: false,
    example: 'false',
  }),
  known_hosts: setting({
    kind: localPaths,
    about: 'File or files of known host keys; new ones are written to the first',
    otherwise: 'what ssh_config says',
    example: '[~/.ssh/known_hosts]',
  }),
  host_key_policy: setting({
    kind: choice('strict', 'accept-new', 'off'),
    about:
      'What becomes of an unknown host key: refused, accepted and written down, or not looked at (warned about)',
    default: 'strict',
    example: 'strict',
  }),
  timeout: setting({
    kind: seconds(0.1, DAY),
    about: 'Longest wait for a connection, in seconds',
    default: 10,
    example: '10',
  }),
  connection_attempts: setting({
    kind: number({ min: 1, max: 100 }),
    about: 'How often a connection is tried before a host counts as unreachable',
    default: 3,
    example: '3',
  }),
  keepalive: setting({
    kind: seconds(0, DAY),
    about:
      'Time between two questions whether the host is still there, in seconds; three unanswered ones end the connection, 0 asks never',
    default: 15,
    example: '15',
  }),
}

/** How tasks run over hosts. */
export const RUNNING = {
  parallel: setting({
    kind: flag,
    about: 'Whether a task runs on several hosts at once',
    default: false,
    example: 'false',
  }),
  pool_size: setting({
    kind: number({ min: 1, max: 10_000 }),
    about: 'On how many hosts at once, when parallel or in batches',
    default: 50,
    example: '50',
  }),
  batch: setting({
    kind: hostShare(1),
    about: 'All tasks run on so many hosts, at once, then on as many others, and so on',
    otherwise: 'each task runs on all hosts before the next begins',
    example: '25%',
  }),
  canary: setting({
    kind: number({ min: 0, max: 10_000 }),
    about: 'So many hosts go first, alone; the others follow only if all went well there',
    default: 0,
    example: '1',
  }),
  max_fail: setting({
    kind: hostShare(0),
    about: 'When more hosts of the run than that have failed, nothing new is started',
    otherwise: 'any number may fail, each for itself',
    example: '10%',
  }),
  command_timeout: setting({
    kind: seconds(0, 365 * DAY),
    about: 'Longest time for one command, in seconds; it is ended then. 0 is for ever',
    default: 0,
    example: '3600',
  }),
  reconnect: setting({
    kind: seconds(0, 365 * DAY),
    about:
      'How long a host is sought that was lost while a durable command (such as a build) runs there, in seconds',
    default: 600,
    example: '600',
  }),
  sudo_user: setting({
    kind: text('a user name', USER_NAME),
    about: 'User that sudo runs commands as, where a task names none',
    default: 'root',
    example: 'root',
  }),
  sudo_password: setting({
    kind: secret,
    about:
      'Password for sudo, where a host asks for one; better given as GACHETTE_SUDO_PASSWORD than written here',
    otherwise: 'asked for, once for all hosts',
    example: '"correct horse"',
  }),
  warn_only: setting({
    kind: flag,
    about: 'Whether a host goes on with its next task after one has failed',
    default: false,
    example: 'false',
  }),
  skip_bad_hosts: setting({
    kind: flag,
    about: 'Whether unreachable hosts leave the exit code alone',
    default: false,
    example: 'false',
  }),
  runs_kept: setting({
    kind: number({ min: 0, max: 100_000 }),
    about: 'How many runs stay recorded, 90 days at most; 0 records none',
    default: 200,
    example: '200',
  }),
  log_limit: setting({
    kind: number({ min: 1, max: 1024 * 1024 }),
    about:
      'How much of what one host prints in a run is recorded, in MiB; of more, the beginning and the end stay',
    default: 1024,
    example: '1024',
  }),
  tasks: setting({
    kind: localPaths,
    about: 'Files or folders with tasks of your own',
    otherwise: 'gachette.tasks.ts and tasks/ of the project',
    example: '[gachette.tasks.ts]',
  }),
}
