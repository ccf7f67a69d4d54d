package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// compressFrom is how many bytes are worth the work.
const compressFrom = 2048

// compress makes a fragment smaller that is large by what it lists. How small an answer becomes tells what is in it,
// letter by letter, to those who see its size and can have it made again and again with words of their choice (BREACH).
// So a page stays as it is: it has the token, and a link from anywhere brings it up with any words. Two kinds of answers
// give nothing away: one without a token, and one to a form that came with its token, which nobody else can send.
// No other answer may be compressed. And fragments are our own script's alone besides: another site can neither send
// HX-Request nor have the cookie sent along with it.
func (r *request) compress() { r.compressAt(fasthttp.CompressBestSpeed) }

// compressAt is compress with more work for fewer bytes, where an answer is asked for once and kept.
func (r *request) compressAt(level int) {
	answer := r.Response()
	if body := answer.Body(); r.fragment() && len(body) >= compressFrom {
		r.Vary(fiber.HeaderAcceptEncoding)
		if r.Request().Header.HasAcceptEncoding("gzip") {
			answer.SetBodyRaw(fasthttp.AppendGzipBytesLevel(nil, body, level))
			answer.Header.SetContentEncoding("gzip")
		}
	}
}
