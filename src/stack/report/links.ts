/**
 * The page of a commit on the web server of a repository: `https://HOST/PATH/commit/COMMIT`, where GitHub, GitLab, Gitea
 * and Forgejo have it. Undefined for a repository on disk, for what is no commit, and for hosts without a dot.
 */
export function commitPage(repository: string, commit: string): string | undefined {
  const page = repositoryPage(repository)
  return page !== undefined && /^[0-9a-f]{7,64}$/.test(commit) ? `${page}/commit/${commit}` : undefined
}

/** The page of a repository, from any form of its url. */
export function repositoryPage(repository: string): string | undefined {
  const [, host, path] =
    /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/+(.+?)(?:\.git)?\/?$/.exec(repository) ??
    /^(?:[^@/:]+@)?([^/:]+):(?!\/\/)\/*(.+?)(?:\.git)?\/?$/.exec(repository) ??
    []
  if (host === undefined || path === undefined) return undefined
  const isHost = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(host)
  const isPath = /^[\w.~+-]+(\/[\w.~+-]+)*$/.test(path) && !path.split('/').includes('..')
  return isHost && isPath ? `https://${host}/${path}` : undefined
}
