// Whether Kubernetes objects have all the fields that the API requires, by the npm package
// kubernetes-models: a JSON array on standard input, its folder as argument; what is wrong goes to
// standard output, and the exit is 1.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const models = resolve(process.argv[2], 'node_modules/kubernetes-models');
let wrong = 0;
for (const object of JSON.parse(readFileSync(0, 'utf8'))) {
  const { apiVersion, kind, metadata } = object;
  if (apiVersion.startsWith('monitoring.coreos.com/')) continue; // an operator's own
  const model = await import(pathToFileURL(`${models}/${apiVersion}/${kind}.js`));
  try {
    new model[kind](object).validate();
  } catch (problem) {
    wrong++;
    console.log(`${kind} ${metadata?.name}: ${problem.message}`);
  }
}
process.exit(wrong > 0 ? 1 : 0);
