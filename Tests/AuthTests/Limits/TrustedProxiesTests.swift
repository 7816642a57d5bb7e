import Auth
import Base
import Testing

@Suite struct TrustedProxiesTests {
    @Test func readsNetworksAndSingleAddresses() throws {
        let proxies = try TrustedProxies(parsing: " 10.0.0.0/8 ,, 192.0.2.7,2001:db8::/33, ::1 ,172.16.5.9/12")
        for address in ["10.255.0.1", "192.0.2.7", "2001:db8:7fff::1", "::1", "172.31.0.1", "::ffff:10.1.1.1"] {
            #expect(proxies.contains(IPAddress(address)!), "\(address)")
        }
        for address in ["11.0.0.1", "192.0.2.8", "2001:db8:8000::1", "::2", "172.32.0.1", "a00::1"] {
            #expect(!proxies.contains(IPAddress(address)!), "\(address)")
        }
    }

    @Test(arguments: ["0.0.0.0/0", "0.0.0.0/1,128.0.0.0/1"])
    func everyIPv4AddressIsNoIPv6Address(list: String) throws {
        let proxies = try TrustedProxies(parsing: list)
        #expect(proxies.contains(IPAddress("203.0.113.9")!))
        #expect(!proxies.contains(IPAddress("2001:db8::1")!))
    }

    @Test func everyIPv6NetworkHoldsAll() throws {
        #expect(try TrustedProxies(parsing: "::/0").contains(IPAddress("2001:db8::1")!))
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "2001:db8::/129", "proxy", "10.0.0.1:80", "/8",
        "10.0.0.0/8/8",
    ])
    func namesAnEntryThatIsNeither(entry: String) {
        let error = #expect(throws: SettingError.self) { try TrustedProxies(parsing: "10.0.0.1,\(entry)") }
        #expect(error?.code == .badProxy)
        #expect(error?.detail.contains("`\(entry)`") == true)
    }

    @Test func blanksTrustNobody() throws {
        #expect(try !TrustedProxies(parsing: " , ").contains(IPAddress("127.0.0.1")!))
    }
}
