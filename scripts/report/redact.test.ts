import { expect, test } from 'vitest';
import { redact, redactText } from './redact.ts';

const CANARY = 'hunter2canary';

test.each([
  `password=${CANARY}`,
  `DB_PASSWORD: "${CANARY} with blanks"`,
  `--webhook-secret=${CANARY} --port=80`,
  `{"api_key":"${CANARY}"}`,
  `https://user:${CANARY}@git.example/site.git`,
  `https://${CANARY}@git.example/site.git`,
  `Authorization: Bearer ${CANARY}abc`,
  `curl -H 'Bearer ${CANARY}.x'`,
  `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\n${CANARY}`,
  `eyJhbGciOiJSUzI1.eyJzdWIi${CANARY}.${CANARY}`,
])('no secret is left in a text: %s', (text) => {
  expect(redactText(text)).not.toContain(CANARY);
});

test.each(['GET /orders/17 answered 200', 'secretName of a volume', 'http://git-server/site.git', '--period=2s'])(
  'other text stays as it is: %s',
  (text) => {
    expect(redactText(text)).toBe(text);
  },
);

test('values of secret settings are hidden wherever they stand; names, references and the rest stay', () => {
  const env = [
    { name: 'GIT_TOKEN', value: CANARY },
    { name: 'PORT', value: '80' },
    { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
  ];
  const hidden = redact({
    metadata: { name: 'token-server', managedFields: [CANARY], annotations: { apiKey: CANARY } },
    spec: { env, volumes: [{ name: 'tls', secret: { secretName: 'tls' } }] },
  });
  expect(hidden).toEqual({
    metadata: { name: 'token-server', annotations: { apiKey: '(hidden)' } },
    spec: {
      env: [
        { name: 'GIT_TOKEN', value: '(hidden)' },
        { name: 'PORT', value: '80' },
        { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      ],
      volumes: [{ name: 'tls', secret: { secretName: 'tls' } }],
    },
  });
});
