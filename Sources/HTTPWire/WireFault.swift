/// Why bytes are not a message of HTTP/1.1.
///
/// Which end sent them, and what follows from it, is for the caller to say.
package enum WireFault: Error, Equatable, Sendable {
    /// A line of a head does not end in CR LF.
    case lineEnd
    /// A request line or a status line that cannot be read.
    case startLine
    /// A request line that names another version of HTTP.
    case version
    case headTooLarge
    case tooManyFields
    /// A field without a colon, or with a name that is not a token.
    case field
    /// A field's value holds a control character.
    case controlCharacter
    /// `Content-Length` is not a number of at most 18 digits.
    case length
    case repeatedLength
    /// A `Transfer-Encoding` other than `chunked`.
    case unknownCoding
    /// `Transfer-Encoding` twice, or in a message of HTTP/1.0.
    case misplacedCoding
    /// Both `Content-Length` and `Transfer-Encoding`, of which each reader may believe another one.
    case ambiguousEnd
    /// An `Expect` other than `100-continue`.
    case expectation
    case missingHost
    case repeatedHost
    /// A chunk's size, its line end or a line of the trailers.
    case chunk
    case trailersTooLarge
}
