import Foundation
import Testing

@testable import Auth

@Suite struct CertificateNamesTests {
    /// Made with OpenSSL: `/O=Example, Inc⏎level=error/CN=Küche`, signed by itself.
    private static let certificate = Data(
        base64Encoded: """
            MIIB3DCCAYGgAwIBAgIUfyOLoly8O3u9YCQ0IgkSYZYD9QUwCgYIKoZIzj0EAwIwNDEhMB8GA1UECgwYRXhhbXBsZSwgSW5jCmxldmVs\
            PWVycm9yMQ8wDQYDVQQDDAZLw7xjaGUwIBcNMjYxMTI0MDMzOTMyWhgPMjEyNjEwMzEwMzM5MzJaMDQxITAfBgNVBAoMGEV4YW1wbGUs\
            IEluYwpsZXZlbD1lcnJvcjEPMA0GA1UEAwwGS8O8Y2hlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGNt1HoK3o5d5MFMxqxnPOXaE\
            d+WlwkO/C5HMY5nglrrTJPM6h6h3BD8B6jM5azsws4xVl2ht3Vro0Ry44JMMLaNvMG0wHQYDVR0OBBYEFOak5hEhCbX51wy8ZGpAquqd\
            oRP3MB8GA1UdIwQYMBaAFOak5hEhCbX51wy8ZGpAquqdoRP3MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJYS5leGFtcGxlhwQK\
            AAABMAoGCCqGSM49BAMCA0kAMEYCIQDEjFd55CwWfR7WTywAsj8zozCR3m+61pTzNeBWFvU86AIhALr9T3jsVm/g4ngiGGwDti4Q3sLC\
            6gnu7y+69A8LwKEv
            """
    )

    @Test func aNameIsOneReadableLine() throws {
        let der = try #require(Self.certificate)
        let names = try #require(CertificateNames(der: Array(der)))
        // What would end a log line, or look like another part of the name, is escaped; letters stay letters.
        #expect(names.subject == #"CN=Küche,O=Example\, Inc\0Alevel=error"#)
        #expect(names.issuer == names.subject)
    }

    @Test func whatIsNoCertificateHasNoNames() throws {
        let whole = try #require(Self.certificate.map { Array($0) })
        #expect(CertificateNames(der: []) == nil)
        #expect(CertificateNames(der: Array("certificate".utf8)) == nil)
        for length in stride(from: 1, to: whole.count, by: 7) {
            #expect(CertificateNames(der: Array(whole.prefix(length))) == nil, "\(length) bytes of it")
        }
    }
}
