// validate.mjs   holds answers of the API against its OpenAPI 3.1 document: {document, answers} on standard input, what is wrong on
// standard output, and 1 when anything is.
//
// The document itself is held against the schema of OpenAPI 3.1, and each answer against what the document says of its path, method and
// status: that there is such a one, its media type, its headers and its body (JSON Schema 2020-12, with formats). Nothing here is made by
// what serves the API.
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv2020 from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { readFileSync } from 'node:fs'

const { document, answers } = JSON.parse(readFileSync(0, 'utf8'))
const wrong = []

const whole = await new Validator().validate(structuredClone(document))
if (!whole.valid) wrong.push(`the document: ${JSON.stringify(whole.errors)}`)
if (!/^3\.1\./.test(document.openapi)) wrong.push(`the document is of OpenAPI ${document.openapi}`)

const ajv = new Ajv2020.default({ strict: false, allErrors: true, validateFormats: true })
formats.default(ajv)
ajv.addSchema({ $id: 'openapi:', ...document })
const compiled = new Map()
const check = (pointer) => {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `openapi:#${pointer}` }))
  return compiled.get(pointer)
}
const escaped = (part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))

// The paths with the fewest placeholders first, so that a literal one wins.
const paths = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => [path, new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`)])

let held = 0
for (const { method, path, status, headers, body } of answers) {
  const of = paths.find(([, shape]) => shape.test(path))?.[0]
  const operation = of && document.paths[of][method.toLowerCase()]
  const what = `${method} ${path} ${status}`
  const type = (headers['content-type'] ?? '').split(';')[0]
  if (!operation) { // what the document does not name is refused
    if (![400, 401, 403, 404, 405, 413, 429].includes(status) && path !== '/api/v1/openapi.json') wrong.push(`${what}: the document has no such operation`)
    continue
  }
  const name = operation.responses[status] ? String(status) : 'default'
  const response = operation.responses[name]
  if (!response || (name === 'default' && status < 400)) {
    wrong.push(`${what}: the document has no such answer`)
    continue
  }
  const at = `/paths/${escaped(of)}/${method.toLowerCase()}/responses/${name}`
  for (const [header, { required, schema }] of Object.entries(response.headers ?? {})) {
    const value = headers[header.toLowerCase()]
    if (value === undefined ? required : schema.type === 'string' && typeof value !== 'string') wrong.push(`${what}: header ${header} is ${value}`)
  }
  if (!response.content) {
    if (body !== '') wrong.push(`${what}: there is a body`)
    continue
  }
  if (!response.content[type]) {
    wrong.push(`${what}: media type ${type}`)
    continue
  }
  held++
  if (!/json$/.test(type)) continue
  const valid = check(`${at}/content/${escaped(type)}/schema`)
  if (!valid(JSON.parse(body))) wrong.push(`${what}: ${ajv.errorsText(valid.errors)} in ${body}`)
}
if (held === 0) wrong.push('no answer was held against anything')
if (wrong.length > 0) {
  console.log(wrong.join('\n'))
  process.exit(1)
}
