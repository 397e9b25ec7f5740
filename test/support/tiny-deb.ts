import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A real .deb of a few hundred bytes. */
export interface TinyDeb {
  readonly name: string
  readonly version: string
  readonly fileName: string
  readonly path: string
  readonly sha256: string
}

/** What else is in a package. */
export interface TinyDebOptions {
  /** Of its one file, `/NAME`. */
  readonly content?: string
  /** Lines of the control file, each with its newline. */
  readonly control?: string
  readonly fileName?: string
  /** `all` unless given. */
  readonly architecture?: string
  /** Further files: absolute path → content. */
  readonly files?: Readonly<Record<string, string>>
  /** Those of `files` that are configuration. */
  readonly conffiles?: readonly string[]
  /** Maintainer scripts, for `sh -e`. */
  readonly scripts?: Partial<Readonly<Record<'preinst' | 'postinst' | 'prerm' | 'postrm', string>>>
}

/**
 * Makes a real package in `folder` with dpkg-deb. `content` makes two of one name and version differ; equal calls give
 * equal bytes.
 */
export function tinyDeb(
  folder: string,
  name: string,
  version: string,
  options: TinyDebOptions = {},
): TinyDeb {
  const { architecture = 'all' } = options
  const fileName = options.fileName ?? `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`
  const tree = join(folder, `.${fileName}.tree`)
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(tree, path), text, { mode })
  }
  const { files = {}, conffiles = [], scripts = {} } = options
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: Tests <tests@example.org>\n${options.control ?? ''}Description: a tiny package\n`
  write('DEBIAN/control', control)
  if (conffiles.length > 0) write('DEBIAN/conffiles', conffiles.map((path) => `${path}\n`).join(''))
  for (const [script, text] of Object.entries(scripts))
    write(`DEBIAN/${script}`, `#!/bin/sh\nset -e\n${text}\n`, 0o755)
  write(name, options.content ?? 'content\n')
  for (const [file, text] of Object.entries(files)) write(file, text)
  const path = join(folder, fileName)
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, path], {
    stdio: 'pipe',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
  rmSync(tree, { recursive: true })
  return {
    name,
    version,
    fileName,
    path,
    sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
  }
}

/**
 * A package with a service that answers its version: it listens on the socket `/run/NAME.sock`. What its maintainer
 * scripts do is what debhelper writes for a unit: enabled, started, started again when it is upgraded, stopped and gone.
 */
export function serviceDeb(
  folder: string,
  name: string,
  version: string,
  options: TinyDebOptions = {},
): TinyDeb {
  const unit = `${name}.service`
  const server = `use IO::Socket::UNIX; my $path = '/run/${name}.sock'; unlink $path;
my $server = IO::Socket::UNIX->new(Local => $path, Listen => 5) or die $!;
while (my $client = $server->accept) { print $client "${version} $$\\n"; close $client }
`
  return tinyDeb(folder, name, version, {
    ...options,
    files: {
      [`/usr/lib/${name}/server`]: server,
      [`/lib/systemd/system/${unit}`]: `[Unit]\nDescription=${name}\n[Service]\nExecStart=/usr/bin/perl /usr/lib/${name}/server\n[Install]\nWantedBy=multi-user.target\n`,
      ...options.files,
    },
    scripts: {
      postinst: `if [ "$1" = configure ]; then
  deb-systemd-helper unmask ${unit} >/dev/null
  deb-systemd-helper enable ${unit} >/dev/null
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null
    if [ -n "$2" ]; then deb-systemd-invoke restart ${unit} >/dev/null; else deb-systemd-invoke start ${unit} >/dev/null; fi
  fi
fi`,
      prerm: `if [ "$1" = remove ] && [ -d /run/systemd/system ]; then deb-systemd-invoke stop ${unit} >/dev/null; fi`,
      postrm: `if [ "$1" = remove ] || [ "$1" = purge ]; then
  deb-systemd-helper purge ${unit} >/dev/null || true
  if [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null; fi
fi`,
      ...options.scripts,
    },
  })
}

/** What to run on a host to hear a service of `serviceDeb`: its version, and the process that answers. */
export const askService = (name: string): string =>
  `perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer => "/run/${name}.sock") or die "no answer: $!\\n"; print <$s>'`
