/** The image of git-sync with real servers: nginx with TLS and passwords, and sshd. */
import { beforeAll, expect, test } from 'vitest';
import { createNetwork, removeLeftovers } from '../support/containers.ts';
import { startGitRemote } from '../support/git-remote.ts';
import { runToEnd } from '../support/run-to-end.ts';

const SECRETS = '/etc/git-secret';
const PASSWORD = 'correct horse';
const CA = `--git-config=http.sslCAInfo:${SECRETS}/ca.pem`;
const USER = ['--username=me', `--password-file=${SECRETS}/password`];
const HTTPS = 'https://remote:8443/site.git';
const SSH = 'ssh://git@remote:2222/srv/git/site.git';

beforeAll(removeLeftovers);

// One server for all, because what is asked of it changes nothing.
test(
  'over HTTPS and ssh: who proves who they are is followed, all others are refused',
  { timeout: 300_000 },
  async () => {
    await using network = await createNetwork();
    await using remote = await startGitRemote(network);
    const [ca, otherCa, client, knownHosts, changedHosts] = await Promise.all(
      ['ca.pem', 'other-ca.pem', 'client', 'known_hosts', 'changed_hosts'].map((name) => remote.key(name)),
    );
    const files = { 'ca.pem': ca ?? '', password: `${PASSWORD}\n`, ssh: `${client}\n`, known_hosts: `${knownHosts}\n` };
    const sync = async (repo: string, flags: readonly string[], changed: Readonly<Record<string, string>> = {}) => {
      const run = await runToEnd('git-sync', {
        network,
        args: [`--repo=${repo}`, '--ref=main', '--root=/srv/site', '--link=current', '--one-time', ...flags],
        writable: ['/srv/site', '/tmp'],
        config: { folder: SECRETS, files: { ...files, ...changed } },
      });
      expect(run.stdout + run.stderr).not.toMatch(/correct horse|wrong horse|PRIVATE KEY/);
      const failure = run.stdout.split('\n').find((line) => line.includes('sync failed'));
      return failure === undefined ? run.exitCode : (JSON.parse(failure) as { code: string }).code;
    };

    expect({
      'https, the CA and the password': await sync(HTTPS, [CA, ...USER]),
      'https, a wrong password': await sync(HTTPS, [CA, ...USER], { password: 'wrong horse\n' }),
      'https, no password': await sync(HTTPS, [CA]),
      'https, no CA': await sync(HTTPS, USER),
      'https, another CA': await sync(HTTPS, [CA, ...USER], { 'ca.pem': otherCa ?? '' }),
      'https, a certificate that has expired': await sync(HTTPS.replace('8443', '8444'), [CA, ...USER]),
      'https, a certificate of another host': await sync(HTTPS.replace('8443', '8445'), [CA, ...USER]),
      'ssh, the key and the host': await sync(SSH, []),
      'ssh, another key': await sync(SSH, [], { ssh: '' }),
      'ssh, the host has another key than before': await sync(SSH, [], { known_hosts: `${changedHosts}\n` }),
      'ssh, a host that is not known': await sync(SSH, [], { known_hosts: '' }),
      'ssh, any host will do': await sync(SSH, ['--ssh-known-hosts=false'], { known_hosts: '' }),
    }).toEqual({
      'https, the CA and the password': 0,
      'https, a wrong password': 'AUTH_FAILED',
      'https, no password': 'AUTH_FAILED',
      'https, no CA': 'TLS_REFUSED',
      'https, another CA': 'TLS_REFUSED',
      'https, a certificate that has expired': 'TLS_REFUSED',
      'https, a certificate of another host': 'TLS_REFUSED',
      'ssh, the key and the host': 0,
      'ssh, another key': 'AUTH_FAILED',
      'ssh, the host has another key than before': 'HOST_KEY_REFUSED',
      'ssh, a host that is not known': 'HOST_KEY_REFUSED',
      'ssh, any host will do': 0,
    });
  },
);
