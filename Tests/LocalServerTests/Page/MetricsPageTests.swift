import NIOCore
import Testing

@testable import LocalServer

@Suite struct MetricsPageTests {
    @Test func familiesAndLabelsAreWrittenAsPrometheusReadsThem() {
        var page = MetricsPage()
        page.family("a_total", .counter, "Help.")
        page.sample(1, [("name", "a\\b\"c\nd"), ("x", "")])
        page.single("b", .gauge, "More.", 0.5)
        let expected = """
            # HELP a_total Help.
            # TYPE a_total counter
            a_total{name="a\\\\b\\"c\\nd",x=""} 1
            # HELP b More.
            # TYPE b gauge
            b 0.5

            """
        #expect(String(buffer: page.text) == expected)
    }
}
