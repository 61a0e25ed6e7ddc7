import { expect, test } from 'vitest';
import { startFakeMachine } from '../../test/support/fake-programs.ts';
import type { BuiltImage } from './app-images.ts';
import { loadImages } from './load-images.ts';

const IMAGES = ['ambassador', 'nginx'].map((name): BuiltImage => ({
  name,
  reference: `pod-patterns/${name}:3f2a`,
  developmentReference: `pod-patterns/${name}:dev`,
  isNew: true,
}));

/** What is on the node is one name a line in `node`. The first load stops in the middle, because the disk is full. */
const PROGRAMS = {
  docker: `
    case $1 in
      exec) cat "$FOLDER/node" 2> /dev/null || true ;;
      save) shift 3; echo "$@" > "$FOLDER/archive" ;;
    esac`,
  kind: `
    for reference in $(cat "$FOLDER/archive"); do
      echo "docker.io/$reference" >> "$FOLDER/node"
      [ -e "$FOLDER/was-full" ] && continue
      touch "$FOLDER/was-full"
      echo 'write /var/lib/containerd/ingest: no space left on device' >&2
      exit 1
    done`,
};

test('a disk that is full in the middle is named, and the next run loads the rest and no more', async () => {
  await using machine = await startFakeMachine(PROGRAMS);
  const { engine } = machine;
  const cluster = { engine, name: 'kit', node: 'node', kubeconfigPath: '', ports: [], isNew: false };
  const load = async () => loadImages(cluster, IMAGES, () => {});
  await expect(load()).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringContaining('kind load image-archive') as string,
    remedy: expect.stringContaining('docker system prune') as string,
  });
  expect(await load()).toEqual(['nginx']);
  expect(await load()).toEqual([]);
  const saved = (await machine.calls()).filter((call) => call.startsWith('docker save'));
  expect(saved.map((call) => call.replace(/^.*images\.tar /, ''))).toEqual([
    IMAGES.map(({ name }) => `pod-patterns/${name}:3f2a pod-patterns/${name}:dev`).join(' '),
    'pod-patterns/nginx:3f2a pod-patterns/nginx:dev',
  ]);
});
