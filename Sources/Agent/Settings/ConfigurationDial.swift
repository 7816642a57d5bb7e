import Base
import EdgeTunnel

/// What the environment says about the way to the controller: TLS and proxies.
extension Configuration {
    static func dial(_ reader: inout EnvironmentReader, files: HostFiles) -> DialSettings {
        var dial = DialSettings()
        dial.tls = Self.tls(&reader, files: files)
        dial.proxies.https = Self.proxy("HTTPS_PROXY", &reader)
        dial.proxies.http = Self.proxy("HTTP_PROXY", &reader)
        dial.proxies.all = Self.proxy("ALL_PROXY", &reader)
        dial.proxies.exclusions = ProxyExclusions(parsing: reader.eitherCase("NO_PROXY") ?? "")
        for fault in dial.proxies.exclusions.faults { reader.warning("NO_PROXY", fault) }
        return dial
    }

    private static func tls(_ reader: inout EnvironmentReader, files: HostFiles) -> DialSettings.TLS {
        var tls = DialSettings.TLS()
        tls.caCertificateFile = Self.authorities(&reader, files)
        tls.verifies = !reader.boolean("TLS_SKIP_VERIFY", default: false)
        tls.pins = Self.pins(&reader)
        let certificate = Self.existing("CLIENT_CERT", &reader, files)
        let key = Self.existing("CLIENT_KEY", &reader, files)
        switch (certificate, key) {
        case (let certificate?, let key?):
            tls.client = DialSettings.TLS.Client(certificateFile: certificate, keyFile: key)
        case (nil, nil): break
        case (_?, nil): reader.problem("CLIENT_CERT", "is set, but CLIENT_KEY is not; set both or neither")
        case (nil, _?): reader.problem("CLIENT_KEY", "is set, but CLIENT_CERT is not; set both or neither")
        }
        return tls
    }

    /// Read here only to report its faults; every dial reads it again.
    private static func authorities(_ reader: inout EnvironmentReader, _ files: HostFiles) -> String? {
        guard let file = Self.existing("CA_CERT", &reader, files), files.exists(file) else { return nil }
        let faults = files.authorityFaults(file)
        if let problem = faults.problem { reader.problem("CA_CERT", "names '\(file)', which \(problem)") }
        for omission in faults.omissions { reader.warning("CA_CERT", "names '\(file)', which \(omission)") }
        return file
    }

    private static func pins(_ reader: inout EnvironmentReader) -> [CertificatePin] {
        guard let list = reader.string("CONTROLLER_PIN") else { return [] }
        let form = "a pin is sha256/ and 44 characters of base64, as `lookout doctor` prints it"
        let entries = list.split(separator: ",").map(\.trimmingBlanks).filter { !$0.isEmpty }
        // No pin would mean no check, and an operator who sets the variable wants one.
        if entries.isEmpty { reader.problem("CONTROLLER_PIN", "names no pin; \(form)") }
        return entries.compactMap { text in
            let pin = CertificatePin(text)
            if pin == nil { reader.problem("CONTROLLER_PIN", "has the entry '\(text)'; \(form)") }
            return pin
        }
    }

    static func existing(
        _ name: String,
        _ reader: inout EnvironmentReader,
        _ files: HostFiles
    ) -> String? {
        guard let file = reader.string(name) else { return nil }
        if !files.exists(file) { reader.problem(name, "names '\(file)', which does not exist") }
        return file
    }

    private static func proxy(_ name: String, _ reader: inout EnvironmentReader) -> Proxy? {
        guard let text = reader.eitherCase(name) else { return nil }
        do throws(Proxy.ParseError) {
            return try Proxy(parsing: text)
        } catch {
            reader.problem(name, error.reason)
            return nil
        }
    }
}
