/** What etcd serves over HTTP/1.1 on its client port, for probes: /health and /version. */
import * as http from 'node:http';
import type { ApiService } from './service.js';
import { API_VERSION } from './version.js';

export function createHttp1(service: ApiService): http.Server {
  return http.createServer((request, response) => {
    const [code, body] = answer(service, request.method ?? '', request.url ?? '');
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
  });
}

function answer(service: ApiService, method: string, url: string): [code: number, body: object] {
  if (method !== 'GET' && method !== 'HEAD') return [405, { error: 'method not allowed' }];
  switch (url.split('?')[0]) {
    case '/health':
      return service.status().leader === null
        ? [503, { health: 'false', reason: 'no leader' }]
        : [200, { health: 'true' }];
    case '/version':
      return [200, { etcdserver: API_VERSION, etcdcluster: API_VERSION }];
    default:
      return [404, { error: 'not found' }];
  }
}
