package peer;

/** The rows of the compared programs, as Jackson reads and writes them. */
final class Rows {
  private Rows() {}

  public static final class Order {
    public int id;
    public int customerId;
    public int productId;
    public int quantity;
    public double amount;
    public String status;
    public String createdAt;

    long cents() {
      return Math.round(amount * 100);
    }
  }

  public static final class Customer {
    public int id;
    public String name;
    public String country;
  }

  public static final class Product {
    public int id;
    public String name;
    public int cents;
  }

  public static final class OrderSummary {
    public int id;
    public int customerId;
    public double amount;

    public OrderSummary() {}

    OrderSummary(Order order) {
      id = order.id;
      customerId = order.customerId;
      amount = order.amount;
    }
  }

  public static final class OrderWithCountry {
    public int id;
    public int customerId;
    public int productId;
    public int quantity;
    public double amount;
    public String status;
    public String createdAt;
    public String country;

    public OrderWithCountry() {}

    OrderWithCountry(Order order, Customer customer) {
      id = order.id;
      customerId = order.customerId;
      productId = order.productId;
      quantity = order.quantity;
      amount = order.amount;
      status = order.status;
      createdAt = order.createdAt;
      country = customer.country;
    }
  }

  public static final class Sale {
    public String country;
    public long cents;

    public Sale() {}

    Sale(OrderWithCountry order, Product product) {
      country = order.country;
      cents = (long) order.quantity * product.cents;
    }
  }
}
