import HTTPWire
import Testing

@Suite struct RequestTargetTests {
    @Test(arguments: [
        "/", "/info", "/containers/json?all=true&filters=%7B%22a%22%3A1%7D", "/a/../b", "/é", "/a//b", "/?", "/a?b?c",
        "/[::1]", "/%00",
    ])
    func isFine(target: String) {
        #expect(RequestTarget.problem(target) == nil)
    }

    @Test(arguments: [
        ("", "start with a slash"), ("info", "start with a slash"), ("http://h/", "start with a slash"),
        ("*", "start with a slash"), ("?a", "start with a slash"), ("//h/info", "single slash"), ("/a b", "space"),
        ("/a\\b", "backslash"), ("/a#b", "fragment"), ("/a\u{0}", "control"), ("/a\r\nX: y", "control"),
        ("/a\tb", "control"), ("/a?b\u{7f}", "control"), ("/\n", "control"), ("/x?q=a b", "space"),
    ])
    func hasAProblemThatIsNamed(target: String, word: String) {
        #expect(RequestTarget.problem(target)?.contains(word) == true)
    }
}
