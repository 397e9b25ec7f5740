import { choice, text } from './kinds.ts'
import { commandWords, hosts } from './kinds-of-lists.ts'
import { projectPath, remotePath } from './kinds-of-paths.ts'
import { NAME, NAME_IN_WORDS, setting } from './setting.ts'

/** How packages are built, and where they and the stacks are kept on the build machine. */
export const BUILDING = {
  meta_path: setting({
    kind: remotePath,
    about: 'Folder of stacks and packages on the build machine',
    default: '/var/gachette',
    example: '/var/gachette',
  }),
  debs_path: setting({
    kind: remotePath,
    about: 'Folder on the build machine for the packages built',
    otherwise: 'META/debs, where META is meta_path',
    example: '/var/gachette/debs',
  }),
  work_path: setting({
    kind: remotePath,
    about: 'Folder of mirrors and working copies on the build machine',
    default: '/var/gachette',
    example: '/var/gachette',
  }),
  domain: setting({
    kind: text(`a name of ${NAME_IN_WORDS}`, NAME),
    about: 'The domain whose stacks are meant when none is named',
    default: 'main',
    example: 'main',
  }),
  builder: setting({
    kind: choice('auto', 'trebuchet', 'missile'),
    about:
      'What makes the packages: the trebuchet of the build machine, the built-in missile builder, or auto',
    default: 'auto',
    example: 'auto',
  }),
  trebuchet_bin: setting({
    kind: commandWords,
    about: 'How trebuchet is called on the build machine; may be several words',
    default: ['trebuchet'],
    example: 'trebuchet',
  }),
  version_scheme: setting({
    kind: choice('dated', 'rev'),
    about: 'Versions made from git: BASE+git<date>.<time>.<commit>, or the old BASErev<commit>',
    default: 'dated',
    example: 'dated',
  }),
  init: setting({
    kind: choice('systemd', 'upstart'),
    about: 'What starts the services of service packages',
    default: 'systemd',
    example: 'systemd',
  }),
  compat: setting({
    kind: choice('none', 'upstream'),
    about: 'Whether the missile builder repeats the faults of the old tool (upstream)',
    default: 'none',
    example: 'none',
  }),
  maintainer: setting({
    kind: text('a name and an address', /^[^<>]+ <[^<>\s]+@[^<>\s]+>$/u, 'such as  Jo Doe <jo@example.org>'),
    about: 'Maintainer field of the packages built',
    default: 'Gachette <gachette@localhost>',
    example: 'Jo Doe <jo@example.org>',
  }),
  pip_options: setting({
    kind: commandWords,
    about: 'Further words for pip when python environments are built',
    default: [],
    example: '--index-url https://pypi.example.org/simple',
  }),
}

/** What may be said of one project. */
export const PROJECT = {
  url: setting({
    kind: text('a git url', /^[^\s-]/u),
    about: 'Where its repository is',
    example: 'git@github.com:example/shop.git',
  }),
  path_to_missile: setting({
    kind: projectPath,
    about: 'Its missile, relative to the working copy',
    otherwise: '.missile.yml',
    example: '.missile.yml',
  }),
  builder: setting({
    kind: choice('auto', 'trebuchet', 'missile'),
    about: 'What makes its packages',
    otherwise: 'the builder setting',
    example: 'missile',
  }),
  base_version: setting({
    kind: text('a version', /^[0-9][A-Za-z0-9.+:~-]*$/, 'digits first, such as  "1.4.0"'),
    about: 'BASE of its versions',
    otherwise: 'the nearest v* tag, else 0.0.1',
    example: '"1.4.0"',
  }),
  hosts: setting({
    kind: hosts,
    about: 'Where it is built',
    otherwise: "the task's own hosts, else the hosts setting",
    example: '[build1]',
  }),
}
