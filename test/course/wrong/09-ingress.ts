import type { WrongSolution } from './wrong-solution.ts';

const ingress = (name: string, spec: string) => `kubectl apply -f - <<'END'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: lesson-ingress }
spec:
${spec}
END
`;

const help = (pathType: string) => `  rules:
    - host: shop.example
      http:
        paths:
          - path: /help
            pathType: ${pathType}
            backend: { service: { name: help, port: { name: http } } }`;

const remove = (name: string) => `kubectl -n lesson-ingress delete ingress ${name}\n`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'routes',
    name: 'a rule for the one path only',
    script: ingress('help', `  ingressClassName: pod-patterns\n${help('Exact')}`),
    reason: /Exact is for one path only/,
    undo: remove('help'),
  },
  {
    check: 'routes',
    name: 'an Ingress without a class',
    script: ingress('help', help('Prefix')),
    reason: /help has the class \(none\), for which no controller works/,
    undo: remove('help'),
  },
  {
    check: 'tls',
    name: 'a Secret under another name than the controller may read',
    script:
      'openssl req -x509 -newkey rsa:2048 -nodes -days 7 -subj /CN=shop.example -keyout /tmp/lesson-wrong.key -out /tmp/lesson-wrong.crt 2> /tmp/lesson-wrong.log\n' +
      'kubectl -n lesson-ingress create secret tls other-tls --cert=/tmp/lesson-wrong.crt --key=/tmp/lesson-wrong.key\n' +
      'rm /tmp/lesson-wrong.*\n' +
      ingress(
        'tls',
        '  ingressClassName: pod-patterns\n  tls:\n    - hosts: [shop.example]\n      secretName: other-tls\n  defaultBackend: { service: { name: shop, port: { name: http } } }',
      ),
    reason: /tls other-tls: there is no such Secret, or this controller may not read it/,
    undo: `${remove('tls')}kubectl -n lesson-ingress delete secret other-tls\n`,
  },
];
